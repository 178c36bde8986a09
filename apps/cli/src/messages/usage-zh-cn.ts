import type { usageEn } from "./usage-en.ts";

const start = `  start [--config 文件] [--data 目录] [--key-file 文件] [--listen 主机:端口]
        [--server-name 名称] [--profile conformance]
                               运行服务器，按 Ctrl-C 停止`;
const init = `  init                         生成密钥和数据库，然后退出`;
const user = `  user create 名字 [--admin] [--password-stdin]
                               创建账号
  user reset-password 名字 [--password-stdin]
                               重设密码
  user list                    列出账号`;

export const usageZhCn: typeof usageEn = {
  wardroom: `wardroom 命令 [--lang zh-CN|en]

${start}
${init}
${user}
  audit search|show|state|prove|export|verify
                               查阅和验证审计日志：wardroom audit --help
  version                      显示版本`,
  start: `wardroom 命令\n\n${start}`,
  init: `wardroom 命令\n\n${init}`,
  user: `wardroom 命令\n\n${user}`,
  audit: `wardroom audit 命令 [--config 文件] [--data 目录] [--lang zh-CN|en]

  search [--actor @用户:服务器] [--target 对象] [--room !房间]
         [--code 代码] [--outcome done|refused] [--from 时间] [--to 时间]
         [--limit N | --all] [--json]
                               查找条目，最新的在前，默认 50 条。
                               代码可以用星号结尾：room.member.*
                               时间：2026-11-25、2026-11-25T08:30，或 2h、7d（多久以前）
  show 日志/序号 [--json]      显示一个条目
  state [--json]               有哪些日志、签名到哪里、公钥是什么
  prove 日志/序号 --out 目录   写出一个条目及其收录证明
  export --out 目录            导出全部日志，交给审计员
  verify 目录 [--key 公钥文件] [--json]
  verify --proof 文件 --entry 文件 --key 公钥文件 [--json]
                               验证导出的目录或单个证明，不需要服务器。
                               退出码：0 完整，1 不完整，2 用法错误`,
};
