// Everything that can be read, asked in every form that gives more than the plain one.
import { type Answer, type JsonRecord, route, type Session } from "@wardroom/testkit";
import { summary, tryHierarchy } from "../directory-steps.test-support.ts";
import { tryContext, tryRelations, tryThreads } from "../relation-steps.test-support.ts";
import { tryGetEvent, tryGetState, tryMessages } from "../room-steps.test-support.ts";
import { syncQuery } from "../sync-steps.test-support.ts";
import { COMMON, type World } from "./world.test-support.ts";

type Read = () => Promise<Answer>;

/** What was asked stays beside the answer: what the request named is not told by naming it again. */
async function post(who: Session, path: string, body: JsonRecord): Promise<Answer> {
  const answer = await who.post(path, body);
  return { ...answer, asked: `${answer.asked} ${JSON.stringify(body)}` };
}

/** What this person is answered to all of it. */
export async function readAll(world: World, who: Session, since: string): Promise<readonly Answer[]> {
  const reads = [...syncs(world, who, since), ...searches(who, world), ...ofPeople(world, who, since), ...files(world, who)];
  for (const room of Object.values(world.rooms)) reads.push(...ofRoom(world, who, room));
  const answers: Answer[] = [];
  for (const read of reads) answers.push(await read());
  return answers;
}

function syncs({ rooms, ownersToken }: World, who: Session, since: string): readonly Read[] {
  const filters: readonly JsonRecord[] = [
    {},
    { room: { include_leave: true, timeline: { limit: 100 } } },
    { room: { rooms: Object.values(rooms), include_leave: true, timeline: { limit: 1 } } },
    { room: { include_leave: true, state: { lazy_load_members: true }, timeline: { limit: 5, lazy_load_members: true } } },
    {
      room: { include_leave: true, timeline: { limit: 100, unread_thread_notifications: true } },
      event_fields: ["content.body", "content"],
    },
  ];
  const sync = (query: Parameters<typeof syncQuery>[0]) => () => who.get("/sync", syncQuery(query));
  return filters.flatMap((filter) => [
    sync({ filter }),
    sync({ filter, since }),
    sync({ filter, since: ownersToken }),
    sync({ filter, since, fullState: true }),
    sync({ filter, stateAfter: "stable" }),
    sync({ filter, since, stateAfter: "stable" }),
  ]);
}

function searches(who: Session, { rooms }: World): readonly Read[] {
  const events = (more: JsonRecord) => () => post(who, "/search", { search_categories: { room_events: { search_term: COMMON, ...more } } });
  const context = { before_limit: 10, after_limit: 10, include_profile: true };
  return [
    events({ order_by: "recent", event_context: context, include_state: true }),
    events({ order_by: "rank", event_context: context, groupings: { group_by: [{ key: "room_id" }, { key: "sender" }] } }),
    events({ filter: { rooms: Object.values(rooms), limit: 100 }, event_context: context }),
    () => who.get("/publicRooms", { limit: "100" }),
    ...["zq", "name", "gate", "space"].map((term) => () => post(who, "/publicRooms", { filter: { generic_search_term: term } })),
    ...["zq", "late", "owner", "member", "localhost"].map(
      (term) => () => post(who, "/user_directory/search", { search_term: term, limit: 50 }),
    ),
  ];
}

function ofPeople({ owner, member, late, ownersToken, theirs }: World, who: Session, since: string): readonly Read[] {
  const { filter } = theirs("stranger");
  const all = [owner, member, late];
  const own = ["/joined_rooms", "/notifications?limit=100", "/notifications?only=highlight", "/devices", "/pushers", "/pushrules/global/"];
  return [
    ...all.flatMap(({ userId, deviceId }) => [
      () => who.get(route`/profile/${userId}`),
      () => who.get(route`/presence/${userId}/status`),
      () => who.get(route`/admin/whois/${userId}`),
      () => who.get("/_matrix/client/v1/mutual_rooms", { user_id: userId }),
      () => who.get(route`/devices/${deviceId}`),
      () => post(who, "/keys/query", { device_keys: { [userId]: [] } }),
      () => who.get(route`/user/${userId}/account_data/org.example`),
      () => who.get(route`/user/${who.userId}/account_data/org.example`),
    ]),
    ...own.map((path) => () => who.get(path)),
    ...["1", "2", "3"].flatMap((version) => [
      () => who.get(route`/room_keys/version/${version}`),
      () => who.get("/room_keys/keys", { version }),
    ]),
    () => who.get(route`/user/${who.userId}/filter/${filter}`),
    () => who.get("/keys/changes", { from: since, to: ownersToken }),
  ];
}

const files = ({ files: ids }: World, who: Session): readonly Read[] =>
  ids.flatMap((id) => [
    () => who.get(route`/_matrix/client/v1/media/download/${"localhost"}/${id}`, { timeout_ms: "0" }),
    () => who.request("HEAD", route`/_matrix/client/v1/media/download/${"localhost"}/${id}`, { query: { timeout_ms: "0" } }),
    () => who.get(route`/_matrix/client/v1/media/thumbnail/${"localhost"}/${id}`, { timeout_ms: "0", width: "32", height: "32" }),
  ]);

function ofRoom({ roots, ownersToken, member }: World, who: Session, room: string): readonly Read[] {
  const path = (rest: string) => route`/rooms/${room}/` + rest;
  const stateTypes = ["m.room.name", "m.room.topic", "m.room.create", "m.room.power_levels", "m.room.canonical_alias", "m.room.join_rules"];
  return [
    () => tryMessages(who, room),
    () => tryMessages(who, room, { dir: "f" }),
    () => tryMessages(who, room, { from: ownersToken }),
    () => tryMessages(who, room, { from: ownersToken, filter: JSON.stringify({ lazy_load_members: true }) }),
    ...["state", "members", `members?at=${ownersToken}`, "joined_members", "aliases"].map((rest) => () => who.get(path(rest))),
    ...stateTypes.map((type) => () => tryGetState(who, room, type)),
    () => tryGetState(who, room, "m.room.member", member.userId),
    () => who.get(route`/user/${who.userId}/rooms/${room}/account_data/org.example`),
    () => who.get(route`/user/${who.userId}/rooms/${room}/tags`),
    ...["f", "b"].map(
      (dir) => () => who.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { dir, ts: dir === "f" ? "0" : "9000000000000" }),
    ),
    () => summary(who, room),
    () => tryHierarchy(who, room, { max_depth: "5" }),
    () => tryThreads(who, room, { include: "all" }),
    ...roots.flatMap((root) => [
      () => tryGetEvent(who, room, root),
      () => tryContext(who, room, root, { limit: "50" }),
      () => tryRelations(who, room, root, { recurse: "true", limit: "100" }),
      () => tryRelations(who, room, root, {}, "m.thread"),
      () => tryRelations(who, room, root, {}, "m.annotation", "m.reaction"),
    ]),
  ];
}
