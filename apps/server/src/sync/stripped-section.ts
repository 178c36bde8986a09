import type { Pass } from "./pass.ts";
import { eventList } from "./section-text.ts";
import type { StrippedVisit } from "./select-rooms.ts";

/** Client-Server API, "Stripped state"; the create event is required since v1.16. */
const strippedTypes = new Set([
  "m.room.create",
  "m.room.name",
  "m.room.avatar",
  "m.room.topic",
  "m.room.join_rules",
  "m.room.canonical_alias",
  "m.room.encryption",
]);

/** An invited or knocking person's view: as of the invite or knock, so that nothing later shines through. */
export async function strippedSection(pass: Pass, { kind, roomId, position }: StrippedVisit): Promise<string | undefined> {
  const { feed, actor } = pass;
  const own = await feed.membersAt(actor, roomId, position, [actor.userId]);
  // Client-Server API, "Ignoring Users": invitations of ignored people are not sent.
  if (own.some(({ sender }) => pass.ignored.has(sender))) return undefined;
  const state = await feed.stateAt(actor, roomId, position, { withoutMembers: true });
  // Who invites is shown with name and picture.
  const inviters = own.map(({ sender }) => sender).filter((sender) => sender !== actor.userId);
  const members = inviters.length === 0 ? [] : await feed.membersAt(actor, roomId, position, inviters);
  const known = state.filter(({ type, stateKey }) => stateKey === "" && strippedTypes.has(type));
  const events = [...known, ...members, ...own].map((event) => event.strippedJson());
  return `{"${kind}_state":${eventList(events.join(","))}}`;
}
