import { actedBy, type Actor, createLanes, MatrixError, randomToken } from "#kernel";
import { personScope } from "#keys";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Of one person in a day: enough for a wave of spam, and no way to fill the store. */
const MOST_A_DAY = 100;

interface Subject {
  readonly roomId?: string;
  readonly eventId?: string;
  readonly userId?: string;
}

/** `POST …/report`: kept for the people who look after this server. Words are sealed under the key of who wrote them. */
export function createReportContent(context: RoomsContext): Pick<Rooms, "reportContent"> {
  const { storage, keys, clock, random, audit, reports } = context;
  const lanes = createLanes();
  async function keep(actor: Actor, subject: Subject, reason: string): Promise<void> {
    const { userId } = actor;
    const now = clock.now();
    if ((await reports.countSince(userId, now - DAY)) >= MOST_A_DAY)
      throw new MatrixError("M_LIMIT_EXCEEDED", "You have made many reports today. Try again tomorrow.", { retryAfterMs: DAY });
    const reportId = randomToken(random, 12);
    await keys.ensure([personScope(userId)], { renew: true });
    const row = {
      report_id: reportId,
      reporter: userId,
      created_at: now,
      room_id: subject.roomId ?? null,
      event_id: subject.eventId ?? null,
      user_id: subject.userId ?? null,
      reason: keys.seal(personScope(userId), `reports/${reportId}/reason`, reason),
    };
    const { roomId, eventId, userId: target } = subject;
    const record = audit.writes({
      event: target === undefined ? (eventId === undefined ? "room.reported" : "room.event.reported") : "account.reported",
      ...actedBy(actor),
      ...(roomId === undefined ? {} : { roomId }),
      ...(eventId === undefined ? {} : { eventId }),
      ...(target === undefined ? {} : { target }),
      outcome: "done",
    });
    await storage.commit({ writes: [reports.insert(row), ...record] });
  }
  return {
    async reportContent(actor, { reason, ...subject }) {
      await requireKnown(context, actor, subject);
      await lanes.run(actor.userId, () => keep(actor, subject, reason));
    },
  };
}

/** @throws MatrixError M_NOT_FOUND for what this person cannot have seen */
async function requireKnown({ visibility, events, loader, accountExists }: RoomsContext, actor: Actor, subject: Subject): Promise<void> {
  const { roomId, eventId, userId } = subject;
  if (userId !== undefined) {
    // Every signed-in person can look up profiles, so the answer tells nothing new.
    if (await accountExists(userId)) return;
    throw new MatrixError("M_NOT_FOUND", "There is no such person here.");
  }
  // Rooms may be reported from outside; whether this one exists is not told (Client-Server API, since v1.18). So a report of none is kept
  // as well: else the limit of a day would tell.
  if (roomId === undefined || eventId === undefined) return;
  const reader = await visibility.findReader(actor.userId, roomId);
  const row = reader?.membership?.membership === "join" ? await events.findEvent(eventId) : undefined;
  const isSeen = reader !== undefined && row?.room_id === roomId && reader.show(await loader.open(row, reader.room.version)) !== undefined;
  if (!isSeen) throw new MatrixError("M_NOT_FOUND", "There is no such event, or you are not in its room.");
}
