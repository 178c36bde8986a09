import { alice, auditEvent, operator } from "./audit-event.ts";

const auditor = { ...alice, asAdministrator: true } as const;
const server = { actor: "server" } as const;

/** What the log says about itself and those who read it, and about the server. */
export const systemEvents = {
  "audit.searched": auditEvent("Datastore Activity: Query", "The audit log was searched.", "检索了审计日志。", auditor),
  "audit.entry.read": auditEvent(
    "Datastore Activity: Read",
    "An entry was shown: `target` is its log and its place there.",
    "查看了一条记录：`target` 为其所在日志与位置。",
    { ...auditor, target: "1/20481" },
  ),
  "audit.proved": auditEvent(
    "Datastore Activity: Read",
    "A proof was made that the entry `target` is in the log.",
    "生成了记录 `target` 存在于日志中的证明。",
    { ...auditor, target: "1/20481" },
  ),
  "audit.state.read": auditEvent("Datastore Activity: Read", "How the log stands was asked for.", "查询了审计日志的状态。", operator),
  "audit.exported": auditEvent("Event Log Activity: Export", "The log was exported.", "导出了审计日志。", operator),
  "audit.verified": auditEvent(
    "Datastore Activity: Read",
    "The whole log was checked: its `reason` says whether it was found whole.",
    "检查了整份日志：`reason` 说明是否完整。",
    { ...operator, reason: "whole" },
  ),
  "audit.gap": auditEvent(
    "Event Log Activity: Other",
    "`count` entries that were queued beside requests could not be told apart or kept.",
    "排队等待写入的 `count` 条记录无法区分或保留。",
    { actor: "*", count: 1400 },
  ),
  "audit.log.started": auditEvent(
    "Event Log Activity: Start",
    "A log begins. If it continues another one, the entry holds that one's last signed checkpoint and what is left of it.",
    "新日志开始。若承接旧日志，记录中含旧日志最后签名的检查点及其剩余部分。",
    server,
  ),
  "audit.clock.turned-back": auditEvent(
    "Event Log Activity: Other",
    "The machine's clock was turned back by `count` seconds: what follows is older by the clock than what came before.",
    "机器时钟被调回了 `count` 秒：其后的记录在时间上早于之前的记录。",
    { ...server, count: 3600 },
  ),
  "audit.keys.destroyed": auditEvent(
    "Datastore Activity: Delete",
    "`count` audit keys reached the end of their time and were destroyed: nobody can read any more whom their entries name.",
    "`count` 个到期的审计密钥已销毁：相应记录中的人员无法再被读取。",
    { ...server, count: 16 },
  ),
  "server.started": auditEvent("Application Lifecycle: Start", "The server started.", "服务器已启动。", server),
  "server.stopped": auditEvent("Application Lifecycle: Stop", "The server was stopped in good order.", "服务器已正常停止。", server),
};
