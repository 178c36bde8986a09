import type { Actor } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";

type Names =
  | "postRoomKeysVersion"
  | "getRoomKeysVersionCurrent"
  | "getRoomKeysVersion"
  | "putRoomKeysVersion"
  | "deleteRoomKeysVersion"
  | "putRoomKeys"
  | "putRoomKeysByRoomId"
  | "putRoomKeyBySessionId"
  | "getRoomKeys"
  | "getRoomKeysByRoomId"
  | "getRoomKeyBySessionId"
  | "deleteRoomKeys"
  | "deleteRoomKeysByRoomId"
  | "deleteRoomKeyBySessionId";

interface Place {
  readonly actor: Actor;
  readonly params: { readonly roomId?: string; readonly sessionId?: string };
  readonly query: { readonly version: string };
}

export function keyBackupHandlers({ e2ee }: HandlerDeps): Pick<Handlers, Names> {
  // The names of the path are the names of the scope.
  const get = ({ actor, params, query }: Place) => e2ee.getRoomKeys(actor, query.version, params);
  const remove = ({ actor, params, query }: Place) => e2ee.deleteRoomKeys(actor, query.version, params);
  return {
    async postRoomKeysVersion({ actor, body }) {
      return { version: await e2ee.createBackup(actor, { algorithm: body.algorithm, authData: body.auth_data }) };
    },
    getRoomKeysVersionCurrent: ({ actor }) => e2ee.getBackup(actor),
    getRoomKeysVersion: ({ actor, params }) => e2ee.getBackup(actor, params.version),
    async putRoomKeysVersion({ actor, params, body: { algorithm, auth_data: authData, version } }) {
      await e2ee.updateBackup(actor, params.version, { algorithm, authData, ...(version === undefined ? {} : { version }) });
      return {};
    },
    async deleteRoomKeysVersion({ actor, params }) {
      await e2ee.deleteBackup(actor, params.version);
      return {};
    },
    putRoomKeys: ({ actor, query, body }) => e2ee.putRoomKeys(actor, query.version, body.rooms),
    putRoomKeysByRoomId: ({ actor, params, query, body }) =>
      e2ee.putRoomKeys(actor, query.version, { [params.roomId]: { sessions: body.sessions } }),
    putRoomKeyBySessionId: ({ actor, params, query, body }) =>
      e2ee.putRoomKeys(actor, query.version, { [params.roomId]: { sessions: single(params.sessionId, { ...body }) } }),
    getRoomKeys: get,
    getRoomKeysByRoomId: get,
    getRoomKeyBySessionId: get,
    deleteRoomKeys: remove,
    deleteRoomKeysByRoomId: remove,
    deleteRoomKeyBySessionId: remove,
  };
}

/** Without a prototype: a session may be called `__proto__`. */
function single<T>(key: string, value: T): Readonly<Record<string, T>> {
  const object: Record<string, T> = Object.create(null);
  object[key] = value;
  return object;
}
