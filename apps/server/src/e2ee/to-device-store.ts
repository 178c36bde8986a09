import { type Keys, personScope } from "#keys";
import { position, type Statements, type Write } from "#storage";

interface StoredMessage {
  readonly user_id: string;
  readonly device_id: string;
  readonly position: number;
  readonly sender: string;
  readonly size: number;
  readonly message: Uint8Array;
}

interface StoredTransaction {
  readonly user_id: string;
  readonly device_id: string;
  readonly txn: string;
  readonly position: number;
}

interface Tables {
  readonly to_device_messages: StoredMessage;
  readonly to_device_transactions: StoredTransaction;
}

export interface DeviceKey {
  readonly userId: string;
  readonly deviceId: string;
}

/** What one device may have waiting, of everybody and of one sender. */
export interface QueueLimits {
  readonly messages: number;
  readonly bytes: number;
  readonly messagesOfSender: number;
  readonly bytesOfSender: number;
}

export interface ToDeviceStore {
  /** The write draws the batch's first position. The sender's key must exist. */
  add(to: DeviceKey, sender: string, text: string): Write;
  /** Takes the oldest messages beyond the limits away. */
  trim(to: DeviceKey, limits: QueueLimits): Write;
  /** In order. A message of an erased sender has no text any more. */
  list(to: DeviceKey, after: number, until: number, limit: number): Promise<readonly { position: number; text: string | undefined }[]>;
  /** Position of the newest waiting message, or 0. */
  newest(to: DeviceKey): Promise<number>;
  deleteUpTo(to: DeviceKey, upTo: number): Write;
  /** The devices for which something of this sender waits. */
  listAddressed(sender: string): Promise<readonly DeviceKey[]>;
  removeOfSender(to: DeviceKey, sender: string): Write;
  hasTransaction(by: DeviceKey, txn: string): Promise<boolean>;
  /** Expects the transaction id to be new. Draws the batch's first position. */
  addTransaction(by: DeviceKey, txn: string): Write;
  /** Forgets all but the newest `keep`. */
  trimTransactions(by: DeviceKey, keep: number): Write;
}

// What the message is for stands in the sealed text as well; here it keeps the words of one queue from being moved to another.
const associated = ({ userId, deviceId }: DeviceKey, sender: string): string =>
  ["to_device_messages", userId, deviceId, sender, "message"].join("\u0000");

export function createToDeviceStore(statements: Statements, keys: Keys): ToDeviceStore {
  const reads = createReads(statements);
  const messages = createMessageWrites(statements);
  const transactions = createTransactionWrites(statements);
  return {
    add(to, sender, text) {
      const message = keys.seal(personScope(sender), associated(to, sender), text);
      return messages.insert({ ...to, sender, position: position(), size: message.length, message }, 1);
    },
    trim: (to, limits) => messages.trim({ ...to, ...limits }),
    list: async (to, after, until, limit) =>
      (await reads.list.all({ ...to, after, until, limit })).map((row) => {
        const text = keys.open(personScope(row.sender), associated(to, row.sender), row.message);
        return { position: row.position, text: text === undefined ? undefined : Buffer.from(text).toString() };
      }),
    newest: async (to) => (await reads.newest.get(to))?.position ?? 0,
    deleteUpTo: (to, upTo) => messages.deleteUpTo({ ...to, upTo }),
    listAddressed: async (sender) =>
      (await reads.addressed.all({ sender })).map((row) => ({ userId: row.user_id, deviceId: row.device_id })),
    removeOfSender: (to, sender) => messages.removeOfSender({ ...to, sender }),
    hasTransaction: async (by, txn) => (await reads.transaction.get({ ...by, txn })) !== undefined,
    addTransaction: (by, txn) => transactions.insert({ ...by, txn, position: position() }, 1),
    trimTransactions: (by, keep) => transactions.trim({ ...by, keep }),
  };
}

/** What must go with a device: what waits for it, and what it sent when. In the form that `identity` takes contributions in. */
export function toDeviceRemoval(statements: Statements): (userId: string, deviceId: string) => readonly Write[] {
  const remove = (table: keyof Tables) =>
    statements.write<Tables, DeviceKey>((db, p) =>
      db.deleteFrom(table).where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
    );
  const [messages, transactions] = [remove("to_device_messages"), remove("to_device_transactions")];
  return (userId, deviceId) => [messages({ userId, deviceId }), transactions({ userId, deviceId })];
}

function createReads(statements: Statements) {
  type Page = DeviceKey & { after: number; until: number; limit: number };
  return {
    list: statements.read<Tables, Page, Pick<StoredMessage, "position" | "sender" | "message">>((db, p) =>
      db
        .selectFrom("to_device_messages")
        .select(["position", "sender", "message"])
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId)
        .where("position", ">", p.after)
        .where("position", "<=", p.until)
        .orderBy("position")
        .limit(p.limit),
    ),
    // Looks at the whole table, in a reader's time: erasing is rare, and an index would cost every message something.
    addressed: statements.read<Tables, { sender: string }, Pick<StoredMessage, "user_id" | "device_id">>(
      (db, p) => db.selectFrom("to_device_messages").select(["user_id", "device_id"]).distinct().where("sender", "=", p.sender),
      { long: true },
    ),
    newest: statements.read<Tables, DeviceKey, { readonly position: number | null }>((db, p) =>
      db
        .selectFrom("to_device_messages")
        .select((build) => build.fn.max("position").as("position"))
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId),
    ),
    transaction: statements.read<Tables, DeviceKey & { txn: string }, { readonly txn: string }>((db, p) =>
      db
        .selectFrom("to_device_transactions")
        .select("txn")
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId)
        .where("txn", "=", p.txn),
    ),
  };
}

// Each message with what is newer than it: how many, how many bytes, of everybody and of its sender.
const createTrim = (statements: Statements) =>
  statements.write<Tables, DeviceKey & QueueLimits>((db, p) =>
    db
      .deleteFrom("to_device_messages")
      .where("user_id", "=", p.userId)
      .where("device_id", "=", p.deviceId)
      .where("position", "in", (build) =>
        build
          .selectFrom((inner) =>
            inner
              .selectFrom("to_device_messages")
              .select(({ fn }) => [
                "position",
                fn
                  .countAll<number>()
                  .over((over) => over.orderBy("position", "desc"))
                  .as("messages"),
                fn
                  .sum<number>("size")
                  .over((over) => over.orderBy("position", "desc"))
                  .as("bytes"),
                fn
                  .countAll<number>()
                  .over((over) => over.partitionBy("sender").orderBy("position", "desc"))
                  .as("messages_of_sender"),
                fn
                  .sum<number>("size")
                  .over((over) => over.partitionBy("sender").orderBy("position", "desc"))
                  .as("bytes_of_sender"),
              ])
              .where("user_id", "=", p.userId)
              .where("device_id", "=", p.deviceId)
              .as("waiting"),
          )
          .select("position")
          .where((is) =>
            is.or([
              is("messages", ">", p.messages),
              is("bytes", ">", p.bytes),
              is("messages_of_sender", ">", p.messagesOfSender),
              is("bytes_of_sender", ">", p.bytesOfSender),
            ]),
          ),
      ),
  );

function createMessageWrites(statements: Statements) {
  type Message = DeviceKey & { sender: string; position: number; size: number; message: Uint8Array };
  return {
    insert: statements.write<Tables, Message>((db, p) =>
      db.insertInto("to_device_messages").values({
        user_id: p.userId,
        device_id: p.deviceId,
        position: p.position,
        sender: p.sender,
        size: p.size,
        message: p.message,
      }),
    ),
    trim: createTrim(statements),
    removeOfSender: statements.write<Tables, DeviceKey & { sender: string }>((db, p) =>
      db
        .deleteFrom("to_device_messages")
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId)
        .where("sender", "=", p.sender),
    ),
    deleteUpTo: statements.write<Tables, DeviceKey & { upTo: number }>((db, p) =>
      db
        .deleteFrom("to_device_messages")
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId)
        .where("position", "<=", p.upTo),
    ),
  };
}

function createTransactionWrites(statements: Statements) {
  return {
    insert: statements.write<Tables, DeviceKey & { txn: string; position: number }>((db, p) =>
      db.insertInto("to_device_transactions").values({ user_id: p.userId, device_id: p.deviceId, txn: p.txn, position: p.position }),
    ),
    trim: statements.write<Tables, DeviceKey & { keep: number }>((db, p) =>
      db
        .deleteFrom("to_device_transactions")
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId)
        .where("position", "<=", (build) =>
          build
            .selectFrom("to_device_transactions")
            .select("position")
            .where("user_id", "=", p.userId)
            .where("device_id", "=", p.deviceId)
            .orderBy("position", "desc")
            .limit(1)
            .offset(p.keep),
        ),
    ),
  };
}
