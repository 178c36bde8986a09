import type { JsonObject, JsonValue } from "@wardroom/matrix-core";

/** The kinds of rules, in the order in which they are checked (specification, "Push Rules"). */
export const pushRuleKinds = ["override", "content", "room", "sender", "underride"] as const;
export type PushRuleKind = (typeof pushRuleKinds)[number];
export type PushRules = { readonly [K in PushRuleKind]: readonly JsonObject[] };

/** Comes before every rule, the user's own included. */
export const MASTER_RULE = ".m.rule.master";

const match = (key: string, pattern: string): JsonObject => ({ kind: "event_match", key, pattern });
const sound = (value: string): JsonObject => ({ set_tweak: "sound", value });
const highlight: JsonObject = { set_tweak: "highlight" };
const twoMembers: JsonObject = { kind: "room_member_count", is: "2" };
const isMember = match("type", "m.room.member");
const isMessage = match("type", "m.room.message");
const isEncrypted = match("type", "m.room.encrypted");

const rule = (name: string, conditions: readonly JsonObject[], actions: readonly JsonValue[], enabled = true): JsonObject => ({
  rule_id: `.m.rule.${name}`,
  default: true,
  enabled,
  conditions,
  actions,
});

/** The server-default rules of v1.19: since v1.17 without those that looked for names in `body`, so `content` is empty. */
export function defaultPushRules(userId: string): PushRules {
  return { override: overrideRules(userId), content: [], room: [], sender: [], underride: underrideRules };
}

const overrideRules = (userId: string): readonly JsonObject[] => [
  rule("master", [], [], false),
  rule("suppress_notices", [match("content.msgtype", "m.notice")], []),
  rule("invite_for_me", [isMember, match("content.membership", "invite"), match("state_key", userId)], ["notify", sound("default")]),
  rule("member_event", [isMember], []),
  rule(
    "is_user_mention",
    [{ kind: "event_property_contains", key: "content.m\\.mentions.user_ids", value: userId }],
    ["notify", sound("default"), highlight],
  ),
  rule(
    "is_room_mention",
    [
      { kind: "event_property_is", key: "content.m\\.mentions.room", value: true },
      { kind: "sender_notification_permission", key: "room" },
    ],
    ["notify", highlight],
  ),
  rule("tombstone", [match("type", "m.room.tombstone"), match("state_key", "")], ["notify", highlight]),
  rule("reaction", [match("type", "m.reaction")], []),
  rule("room.server_acl", [match("type", "m.room.server_acl"), match("state_key", "")], []),
  rule("suppress_edits", [{ kind: "event_property_is", key: "content.m\\.relates_to.rel_type", value: "m.replace" }], []),
];

const underrideRules: readonly JsonObject[] = [
  rule("call", [match("type", "m.call.invite")], ["notify", sound("ring")]),
  rule("encrypted_room_one_to_one", [twoMembers, isEncrypted], ["notify", sound("default")]),
  rule("room_one_to_one", [twoMembers, isMessage], ["notify", sound("default")]),
  rule("message", [isMessage], ["notify"]),
  rule("encrypted", [isEncrypted], ["notify"]),
];
