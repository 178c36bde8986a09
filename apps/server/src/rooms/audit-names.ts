import type { AuditRecord } from "#kernel";
import type { EventInput } from "./event-input.ts";
import { asMembership } from "./room.ts";

/** What the audit log calls an act, and whom or what it names beside room and event. Ids only, never content. */
export function auditOf(input: EventInput, before: unknown): Pick<AuditRecord, "event" | "target"> {
  const { type, stateKey, content } = input;
  if (type === "m.room.member" && stateKey !== undefined) return { event: membershipAct(input, asMembership(before)), target: stateKey };
  if (stateKey !== undefined) return { event: type === "m.room.power_levels" ? "room.power.changed" : "room.state.set", target: type };
  if (type !== "m.room.redaction") return { event: "room.message.sent" };
  const target = input.redacts ?? content["redacts"];
  return { event: "room.event.redacted", ...(typeof target === "string" ? { target } : {}) };
}

function membershipAct({ sender, stateKey, content }: EventInput, before: string): AuditRecord["event"] {
  switch (asMembership(content["membership"])) {
    case "join":
      return before === "join" ? "room.member.changed" : "room.member.joined";
    case "invite":
      return "room.member.invited";
    case "ban":
      return "room.member.banned";
    case "knock":
      return "room.member.knocked";
    default:
      if (before === "ban") return "room.member.unbanned";
      return sender === stateKey ? "room.member.left" : "room.member.kicked";
  }
}
