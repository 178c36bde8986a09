import type { RoomVersion, Verdict } from "./contract.ts";

export type Refusal = Extract<Verdict, { allowed: false }>;

export const ALLOWED: Verdict = Object.freeze({ allowed: true });

/** `rule` without the version: `member.join.banned` becomes `v12.member.join.banned`. */
export const refuse = (version: RoomVersion, rule: string, message: string): Refusal => ({
  allowed: false,
  rule: `v${version.id}.${rule}`,
  message,
});

/** A rule that ends in "allow if …; otherwise, reject". */
export const allowIf = (condition: boolean, version: RoomVersion, rule: string, message: string): Verdict =>
  condition ? ALLOWED : refuse(version, rule, message);
