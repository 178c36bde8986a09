import { alice, atEvent, auditEvent, bob, inRoom } from "./audit-event.ts";

const act = { ...alice, ...atEvent } as const;
const own = { ...act, target: alice.actor } as const;
const others = { ...act, target: bob } as const;
const alias = { ...alice, ...inRoom, target: "#plans:example.org" } as const;

export const roomEvents = {
  "room.created": auditEvent(
    "Group Management: Create",
    "A room was made, with its first state. Whom that concerns beside its maker has entries of their own.",
    "创建了房间及其初始状态。涉及创建者以外人员的，另有记录。",
    act,
  ),
  "room.message.sent": auditEvent("API Activity: Create", "An event was sent into the room.", "向房间发送了事件。", act),
  "room.state.set": auditEvent("Group Management: Update", "State of the type `target` was set.", "设置了类型为 `target` 的状态。", {
    ...act,
    target: "m.room.name",
  }),
  "room.power.changed": auditEvent(
    "Group Management: Assign Privileges",
    "The power levels of the room were set: who may do what in it.",
    "设置了房间的权限级别：谁可以做什么。",
    { ...act, target: "m.room.power_levels" },
  ),
  "room.event.redacted": auditEvent(
    "Datastore Activity: Delete",
    "The words of the event `target` were taken out.",
    "抹除了事件 `target` 的内容。",
    { ...act, target: "$7cQ0tLwYvKZ2xUeR4aPfJhGdSbN9mM6oXiTqB5yVCEs" },
  ),
  "room.member.joined": auditEvent("Group Management: Add User", "`target` joined the room.", "`target` 加入了房间。", own),
  "room.member.changed": auditEvent(
    "Group Management: Other",
    "The name, picture or other content of `target`'s membership changed.",
    "`target` 的成员信息（名称、头像等）已更改。",
    own,
  ),
  "room.member.invited": auditEvent("Group Management: Add User", "`target` was invited.", "邀请了 `target`。", others),
  "room.member.knocked": auditEvent("Group Management: Other", "`target` asked to be let in.", "`target` 申请加入。", own),
  "room.member.left": auditEvent(
    "Group Management: Remove User",
    "`target` left the room, or turned an invitation down.",
    "`target` 离开了房间或拒绝了邀请。",
    own,
  ),
  "room.member.kicked": auditEvent(
    "Group Management: Remove User",
    "`target` was removed from the room, or their invitation was withdrawn.",
    "`target` 被移出房间，或其邀请被撤回。",
    others,
  ),
  "room.member.banned": auditEvent("Group Management: Remove User", "`target` was banned from the room.", "`target` 被房间封禁。", others),
  "room.member.unbanned": auditEvent("Group Management: Other", "The ban of `target` was lifted.", "解除了对 `target` 的封禁。", others),
  "room.forgotten": auditEvent(
    "Group Management: Other",
    "The actor does not see the room any more, which they had left.",
    "操作者不再看到已离开的房间。",
    { ...alice, ...inRoom },
  ),
  "room.upgraded": auditEvent("Group Management: Update", "The room `target` took the place of this one.", "房间 `target` 取代了本房间。", {
    ...act,
    target: "!pV7wXk2nD9sLq4ZrTf8yBhJ0aGcMeU3oQiYt6RxNvEw",
  }),
  "room.alias.created": auditEvent(
    "Entity Management: Create",
    "The alias `target` leads to the room.",
    "别名 `target` 指向该房间。",
    alias,
  ),
  "room.alias.deleted": auditEvent("Entity Management: Delete", "The alias `target` leads nowhere any more.", "别名 `target` 已删除。", {
    ...alias,
    asAdministrator: true,
  }),
  "room.directory.changed": auditEvent(
    "Entity Management: Update",
    "The room is listed in the directory (`public`) or no longer (`private`): `target`.",
    "房间在目录中公开（`public`）或不再公开（`private`）,见 `target`。",
    { ...alice, ...inRoom, target: "public" },
  ),
  "room.reported": auditEvent("API Activity: Create", "The room was reported.", "举报了房间。", { ...alice, ...inRoom }),
  "room.event.reported": auditEvent("API Activity: Create", "An event of the room was reported.", "举报了房间中的事件。", act),
  "room.read": auditEvent(
    "Datastore Activity: Read",
    "The actor read in a room whose label asks for a record of that.",
    "操作者在标签要求留痕的房间中进行了读取。",
    { ...alice, ...inRoom, count: 12 },
  ),
};
