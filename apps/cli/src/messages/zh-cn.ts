import { codesZhCn } from "./codes-zh-cn.ts";
import type { Messages } from "./en.ts";
import { findingsZhCn } from "./findings-zh-cn.ts";
import { usageZhCn } from "./usage-zh-cn.ts";

const number = (value: number) => value.toLocaleString("zh-CN");

export const zhCn: Messages = {
  usage: usageZhCn,
  codes: codesZhCn,
  findings: findingsZhCn,
  arguments: {
    unknownCommand: (name) => `未知命令“${name}”。`,
    unknownOption: (option) => `未知选项 ${option}。可用选项见 wardroom --help。`,
    strayOption: (option, command) => `“wardroom ${command}”没有 ${option} 选项。`,
    noValueWanted: (option) => `${option} 不接受参数值。`,
    valueMissing: (option) => `${option} 缺少参数值。以连字符开头的值请写成 ${option}=值。`,
    unknownLanguage: (language) => `--lang：不支持“${language}”，只能是 zh-CN 或 en。`,
    badPlace: (text) => `“${text}”不是条目位置。请按 wardroom audit search 显示的“日志/序号”填写，例如 1/5023。`,
    badTime: (option, text) =>
      `${option}：无法识别时间“${text}”。可写 2026-11-25、2026-11-25T08:30、2026-11-25T08:30:00Z，或多久以前：30m、2h、7d。`,
    badOutcome: (text) => `--outcome：“${text}”无效，只能是 done 或 refused。`,
    badLimit: (text) => `--limit：“${text}”不是大于 0 的整数。`,
    limitAndAll: "--limit 与 --all 不能同时使用。",
    outMissing: "缺少 --out 目录。",
    proofParts: "--proof、--entry 和 --key 必须同时给出。",
    noFolder: (path) => `${path} 不是目录。`,
    noFile: (path) => `无法读取 ${path}，或者它超过 1 MiB，不可能是这里需要的文件。`,
  },
  errors: {
    configuration: (message) => `配置有误：${message}`,
    failed: (message) => `操作未完成：${message}`,
    folderInUse: (path) => `${path} 正被另一个 Wardroom 进程使用。`,
    noStore: (path) => `data_dir：${path} 中没有数据库。请先运行 wardroom start 或 wardroom init。`,
    byCode: {
      "name-foreign": (value) => `${value("name")} 属于另一台服务器，本服务器是 ${value("serverName")}。`,
      "name-invalid": (value) =>
        `${value("name")} 不能作为 ${value("serverName")} 的用户名：只能使用 a 到 z、0 到 9 以及 . _ = / + -，连同服务器名不超过 255 字节。`,
      "account-unknown": (value) => `账号 ${value("userId")} 不存在。`,
      "password-short": (value) => `密码至少需要 ${value("characters")} 个字符。`,
      "password-long": (value) => `密码不能超过 ${value("bytes")} 字节。`,
      M_USER_IN_USE: () => "该用户名已被占用。",
      M_LIMIT_EXCEEDED: () => "服务器繁忙，请稍后再试。",
      "entry-unknown": (value) => `条目 ${value("place")} 不存在。`,
      "entry-unproved": (value) => `条目 ${value("place")} 不存在，或尚未被签名检查点覆盖。服务器运行时，一秒之内就会生成下一个检查点。`,
      malformed: () => "服务器不接受这些参数值。是否有名字或代码过长？",
      "other-version": () => "正在运行的服务器是另一个版本，不认识这个命令。请重启服务器。",
      "server-gone": () => "服务器在作出回答之前已经退出。",
    },
  },
  start: {
    runs: (url) => `Wardroom 已启动。请在 Matrix 客户端中填写此地址：${url}`,
    conformance: "一致性测试模式：本机任何人都可以注册，且不限制请求频率。仅供测试套件使用。",
    newStore: (dataDir, keyFile) => `已在 ${dataDir} 新建数据库，密钥为 ${keyFile}。没有这个密钥，任何人都无法打开数据库：请另存一份副本。`,
    keySharesDisk: "注意：密钥与数据位于同一文件系统，拿到磁盘的人会同时得到两者。请把 key_file 设到另一块磁盘上。",
    firstAdministrator: (flags) => `请在另一个终端里创建第一位管理员：npx wardroom user create 名字 --admin${flags}`,
    stopping: "正在停止。",
  },
  init: {
    made: (dataDir, keyFile) => `已在 ${dataDir} 新建数据库，密钥为 ${keyFile}。请另存一份密钥副本。`,
    already: (dataDir) => `${dataDir} 已经初始化过。`,
  },
  user: {
    created: (userId, isAdmin) => `已创建 ${userId}${isAdmin ? "（管理员）" : ""}。`,
    reset: (userId) => `已为 ${userId} 设置新密码，其所有会话均已登出。`,
    listed: ({ userId, isAdmin, state }) => `${userId}${isAdmin ? "  管理员" : ""}${state === "active" ? "" : "  已停用"}`,
    nameMissing: (verb) => `wardroom user ${verb} 名字：缺少名字。`,
    password: "密码：",
    again: "再次输入：",
    passwordsDiffer: "两次输入的密码不一致。",
    noTerminal: "没有可供输入的终端：请使用 --password-stdin 从标准输入提供密码。",
  },
  entry: {
    columns: {
      time: "时间",
      place: "位置",
      code: "代码",
      meaning: "含义",
      kind: "类别/活动",
      outcome: "结果",
      actor: "操作者",
      device: "设备",
      address: "地址",
      target: "对象",
      room: "房间",
      event: "事件",
      policy: "策略",
      id: "编号",
    },
    outcomes: { done: "成功", refused: "拒绝" },
    because: (reason) => `（${reason}）`,
    asAdministrator: "（以管理员身份）",
    erased: "（已抹除）",
    unsigned: "  （尚未被签名检查点覆盖）",
  },
  search: {
    nothing: "没有符合条件的条目。",
    unsigned: "*：尚未被签名检查点覆盖。",
    more: (shown) => `以上 ${number(shown)} 条之前还有更早的条目。用 --limit N 查看更多，用 --all 查看全部。`,
  },
  state: {
    log: (log, origin, isCurrent) => `日志 ${log}：${origin}${isCurrent ? "（当前）" : "（已结束，由后一份接续）"}`,
    size: (size) => `最近一次签名检查点覆盖 ${number(size)} 条`,
    key: "公钥：",
    unsigned: (count) => `尚未签名：${number(count)} 条`,
    handKey: "请通过单独的渠道把公钥交给审计员，每行一个写入文件，供 wardroom audit verify --key 使用。",
    stopped: (why) => `警告：已停止签名（${why}）。操作仍在记录。请查明是谁改动了日志或第二存放处；重启后会开始一份新日志。`,
  },
  folder: {
    taken: (path) => `${path} 已存在。请指定一个新目录或空目录（不能是磁盘的根目录）。`,
    partTaken: (path) => `${path} 已存在：可能有另一个导出正在写入，或者上次导出中途中断。如果没有导出在运行，请删除它。`,
    parentMissing: (path) => `目录 ${path} 不存在。`,
  },
  prove: {
    made: (folder) => `已将 entry.json 和 entry.tlog-proof 写入 ${folder}。把日志公钥（见 wardroom audit state）存为“公钥文件”后即可验证：
  wardroom audit verify --proof ${folder}/entry.tlog-proof --entry ${folder}/entry.json --key 公钥文件`,
  },
  export: {
    progress: (done, total) => `${number(done)} / ${number(total)} 个文件`,
    made: (folder, logs, size) => `已将 ${logs} 份日志（共 ${number(size)} 条）导出到 ${folder}。可在任意机器上验证：
  wardroom audit verify ${folder} --key 公钥文件`,
  },
  verify: {
    log: (at, logs, origin) => `日志 ${at}（共 ${logs} 份）：${origin}`,
    entries: (read, size, root) =>
      read === size
        ? `已读取全部 ${number(size)} 条；根哈希 ${root}`
        : `共 ${number(size)} 条，其中 ${number(read)} 条读取无误；根哈希 ${root}`,
    continues: (origin, size, left) =>
      `接续 ${origin}，其签名覆盖 ${number(size)} 条${left < size ? `，本日志开始时其中 ${number(size - left)} 条已丢失` : ""}`,
    head: (time) => `最新条目的时间为 ${time}；此后记录的内容没有任何一方见证`,
    witnesses: (count) => (count === 0 ? "没有独立方见证：签名者有可能向别人出示了另一份日志" : `已有 ${count} 个独立方见证`),
    fault: (finding) => `错误 ${finding}`,
    warning: (finding) => `警告：${finding}`,
    finding: (place, what) => (place === "" ? what : `${place}：${what}`),
    whole: "完整：所有签名、哈希块和条目均相符。",
    notWhole: "不完整：这份日志被改动、截断或损坏，或者缺少内容。",
    proofHolds: (index, origin, size) => `证明有效：这是 ${origin} 的第 ${index} 号条目，已被覆盖 ${number(size)} 条的签名检查点收录。`,
    proofFails: (what) => `证明无效：${what}。`,
  },
};
