import { createHash } from "node:crypto";
import { auditAreas, type AuditEvent, type EndpointDeclaration, endpoints, ocsfCaption } from "@wardroom/spec";
import type { OpenedEntry } from "#audit";

/** `docs/audit-events.md`: every code of the audit log, what it says, an example, and which endpoints declare it. */
export function auditEventsPage(): string {
  const declaredBy = endpointsByCode();
  let index = 0;
  const sections = auditAreas.map(({ title, events }) => {
    const rows = Object.entries(events).map(([code, event]) => row(code, event, declaredBy.get(code) ?? []));
    const examples = Object.entries(events).map(([code, event]) => JSON.stringify(exampleEntry(code, event, (index += 1))));
    return [`## ${title.en} · ${title["zh-CN"]}`, "", tableHead, ...rows, "", "```json", ...examples, "```", ""].join("\n");
  });
  return `${head}\n${sections.join("\n")}`;
}

const head = `# Audit events

Made from \`packages/spec/src/audit\` by \`npm run generate\`; do not edit. How the log is kept: \`docs/decisions/0007-audit-log.md\`.
The class and the activity are those of the Open Cybersecurity Schema Framework. Below each table stands one example of each code, as
the log shows it once its segments are opened; what is sealed, and for how long it can be opened, is told there too. \`count\` says how
many things a deed was done to, or how often a refusal was repeated within its minute. \`asAdministrator\` marks what was done by the
power of an administrator or at the machine itself; what members may do is not marked when an administrator does it.

An endpoint declares the code of its own act. What the act brings with it has codes of its own: an invitation with a new room, the
end of sessions with a new password. A refusal carries the code of what was refused.

由 \`npm run generate\` 根据 \`packages/spec/src/audit\` 生成，请勿手工修改。类别与活动采用开放网络安全模式框架（OCSF）。每个表格之后，每个代码各有一条解封后的示例记录。
\`count\` 表示该行为涉及的数量，或一分钟内相同拒绝的次数。\`asAdministrator\` 表示凭管理员权限或在服务器本机执行。被拒绝的行为使用其本身的代码。
`;

const tableHead = `| Code | OCSF class and activity | What it says | 含义 | Declared by |
|---|---|---|---|---|`;

function row(code: string, event: AuditEvent, names: readonly string[]): string {
  const ocsf = `${event.class}/${event.activity} ${ocsfCaption(event) ?? ""}`;
  return `| \`${code}\` | ${ocsf} | ${event.what.en} | ${event.what["zh-CN"]} | ${names.join(", ")} |`;
}

function endpointsByCode(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [name, { audit }] of Object.entries<EndpointDeclaration>(endpoints))
    if (typeof audit === "string") found.set(audit, [...(found.get(audit) ?? []), name]);
  return found;
}

const FIRST = Date.UTC(2026, 11, 1, 8);

function exampleEntry(code: string, { class: classUid, activity, example }: AuditEvent, index: number): OpenedEntry {
  const { outcome = "done", reason, count = 1, ...segments } = example;
  return {
    log: 1,
    index,
    id: createHash("sha256").update(code).digest().subarray(0, 16).toString("base64url"),
    time: FIRST + index * 1000,
    code,
    class: classUid,
    activity,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    count,
    // What nobody asked for, or the operator did at the machine, no policy has decided.
    ...(example.actor.startsWith("@") || outcome === "refused" ? { policy: "9f2c5a7d10b3e684" } : {}),
    ...segments,
    erased: [],
    unsigned: false,
  };
}
