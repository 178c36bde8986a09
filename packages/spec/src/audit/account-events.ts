import { alice, auditEvent, bob, operator } from "./audit-event.ts";

export const accountEvents = {
  "account.created": auditEvent("Account Change: Create", "The account `target` was made.", "创建了账号 `target`。", {
    ...operator,
    target: bob,
  }),
  "account.admin.granted": auditEvent(
    "User Access Management: Assign Privileges",
    "The account `target` became an administrator's.",
    "账号 `target` 被授予管理员权限。",
    { ...operator, target: bob },
  ),
  "account.password.changed": auditEvent(
    "Account Change: Password Change",
    "The account `target` got a new password.",
    "账号 `target` 的密码已更改。",
    { ...alice, target: alice.actor },
  ),
  "account.deactivated": auditEvent(
    "Account Change: Disable",
    "The account `target` was ended for good; its name is never given out again.",
    "账号 `target` 已永久停用，其名称不再分配给他人。",
    { ...alice, target: alice.actor },
  ),
  "account.erased": auditEvent(
    "Account Change: Delete",
    "The keys that sealed what `target` said and stored were destroyed.",
    "封存 `target` 所有言论与数据的密钥已销毁。",
    { ...alice, target: alice.actor },
  ),
  "account.looked-up": auditEvent(
    "Entity Management: Read",
    "An administrator was told what is kept about the account `target`.",
    "管理员查看了账号 `target` 的信息。",
    { ...alice, asAdministrator: true, target: bob },
  ),
  "account.listed": auditEvent("Datastore Activity: List", "All accounts were listed.", "列出了全部账号。", operator),
  "account.reported": auditEvent("API Activity: Create", "The account `target` was reported.", "举报了账号 `target`。", {
    ...alice,
    target: bob,
  }),
  "profile.changed": auditEvent(
    "Entity Management: Update",
    "A field of `target`'s profile was set or removed.",
    "`target` 的个人资料已更改。",
    {
      ...alice,
      target: alice.actor,
    },
  ),
};

export const sessionEvents = {
  "session.created": auditEvent(
    "Authentication: Logon",
    "A sign-in, or one that was refused. The actor of a refusal is the account that was claimed, `unknown` where there is none.",
    "登录成功或被拒绝。被拒绝时，操作者是所声称的账号；没有该账号时为 `unknown`。",
    { ...alice, outcome: "refused", reason: "wrong-password", count: 4 },
  ),
  "session.ended": auditEvent(
    "Authentication: Logoff",
    "A sign-out of the acting device; of the device `target`, which made room for a newer one; or of `count` devices of the account `target` at once.",
    "操作设备退出登录；或设备 `target` 因设备过多被退出；或账号 `target` 的 `count` 台设备一并退出。",
    { ...alice, target: alice.actor, count: 3 },
  ),
  "uia.completed": auditEvent(
    "Authentication: Preauth",
    "Somebody who is signed in was asked to prove once more who they are, and failed. `target` is the account that was named, if it was another.",
    "已登录者被要求再次验证身份而未通过。`target` 为其所填的其他账号。",
    { ...alice, outcome: "refused", reason: "wrong-password" },
  ),
  "password.checked": auditEvent(
    "Authentication: Preauth",
    "A password was asked for beside a sign-in, and was wrong.",
    "在登录之外验证密码，密码错误。",
    { ...alice, outcome: "refused", reason: "wrong-password" },
  ),
  "access.refused": auditEvent(
    "Authorize Session: Other",
    "A request was refused that has no code of its own: the reason names the rule and the action, or says that the access token is not known.",
    "拒绝了没有专属代码的请求：原因写明规则与操作，或说明访问令牌未知。",
    { actor: "unknown", address: "198.51.100.9", outcome: "refused", reason: "unknown-token", count: 212 },
  ),
  "device.renamed": auditEvent("Entity Management: Update", "The device `target` got another name.", "设备 `target` 已改名。", {
    ...alice,
    target: "VHNOXCTAMB",
  }),
  "device.deleted": auditEvent(
    "Entity Management: Delete",
    "The device `target` was signed out and removed.",
    "设备 `target` 已退出登录并移除。",
    { ...alice, target: "VHNOXCTAMB" },
  ),
  "pusher.set": auditEvent(
    "Entity Management: Create",
    "Notices to the actor go to one more push gateway.",
    "操作者的通知新增了一个推送网关。",
    alice,
  ),
  "pusher.removed": auditEvent(
    "Entity Management: Delete",
    "Notices to the actor no longer go to a push gateway.",
    "操作者的通知不再发往某个推送网关。",
    alice,
  ),
};
