import { alice, auditEvent } from "./audit-event.ts";

const backup = { ...alice, target: "3" } as const;

export const keyEvents = {
  "keys.device.uploaded": auditEvent(
    "Entity Management: Enroll",
    "The acting device published its identity keys.",
    "操作设备发布了身份密钥。",
    alice,
  ),
  "keys.cross-signing.uploaded": auditEvent(
    "Entity Management: Enroll",
    "Cross-signing keys were published. The reason says whether they are the first or replace others.",
    "发布了交叉签名密钥。原因说明是首次发布还是替换。",
    { ...alice, reason: "first" },
  ),
  "keys.signatures.uploaded": auditEvent(
    "Entity Management: Update",
    "`count` signatures on keys of people or devices were published.",
    "发布了 `count` 个对人员或设备密钥的签名。",
    { ...alice, count: 2 },
  ),
  "keys.claimed": auditEvent(
    "Datastore Activity: Read",
    "One-time keys of `count` devices were claimed. Whose is not recorded: it would be a record of who writes to whom.",
    "领取了 `count` 台设备的一次性密钥。不记录属于谁，否则等于记录谁与谁通信。",
    { ...alice, count: 5 },
  ),
  "to-device.sent": auditEvent(
    "API Activity: Create",
    "Messages were sent to `count` devices. Whose is not recorded, for the same reason.",
    "向 `count` 台设备发送了消息。出于同样的原因，不记录属于谁。",
    { ...alice, count: 5 },
  ),
  "key-backup.created": auditEvent("Datastore Activity: Create", "The key backup `target` was made.", "创建了密钥备份 `target`。", backup),
  "key-backup.updated": auditEvent(
    "Datastore Activity: Update",
    "The public key or the signatures of the key backup `target` were replaced.",
    "密钥备份 `target` 的公钥或签名已替换。",
    backup,
  ),
  "key-backup.deleted": auditEvent(
    "Datastore Activity: Delete",
    "The key backup `target` was deleted.",
    "删除了密钥备份 `target`。",
    backup,
  ),
  "key-backup.keys.put": auditEvent(
    "Datastore Activity: Write",
    "`count` keys were put into the backup `target`.",
    "向密钥备份 `target` 写入了 `count` 个密钥。",
    { ...backup, count: 40 },
  ),
  "key-backup.keys.deleted": auditEvent(
    "Datastore Activity: Delete",
    "`count` keys were deleted from the backup `target`.",
    "从密钥备份 `target` 删除了 `count` 个密钥。",
    { ...backup, count: 40 },
  ),
  "media.uploaded": auditEvent(
    "File Hosting Activity: Upload",
    "A file was uploaded under the id `target`.",
    "上传了文件，标识为 `target`。",
    { ...alice, target: "mZq8v3hP2sVtRw0xA1nUeJ4c" },
  ),
};
