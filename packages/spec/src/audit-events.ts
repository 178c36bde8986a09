import { accountEvents, sessionEvents } from "./audit/account-events.ts";
import type { AuditEvent } from "./audit/audit-event.ts";
import { keyEvents } from "./audit/key-events.ts";
import { roomEvents } from "./audit/room-events.ts";
import { systemEvents } from "./audit/system-events.ts";

/** Every code of the audit log. A code is for good: entries of years ago are searched by it. */
export const auditEvents = { ...accountEvents, ...sessionEvents, ...keyEvents, ...roomEvents, ...systemEvents };

export type AuditCode = keyof typeof auditEvents;

interface AuditArea {
  readonly title: { readonly en: string; readonly "zh-CN": string };
  readonly events: Readonly<Record<string, AuditEvent>>;
}

/** The same in the order in which people read it. */
export const auditAreas: readonly AuditArea[] = [
  { title: { en: "Sign-in, devices, refusals", "zh-CN": "登录、设备与拒绝" }, events: sessionEvents },
  { title: { en: "Accounts", "zh-CN": "账号" }, events: accountEvents },
  { title: { en: "Rooms", "zh-CN": "房间" }, events: roomEvents },
  { title: { en: "Keys and files", "zh-CN": "密钥与文件" }, events: keyEvents },
  { title: { en: "The log and the server", "zh-CN": "审计日志与服务器" }, events: systemEvents },
];
