const startEn = `  start [--config FILE] [--data DIR] [--key-file FILE] [--listen HOST:PORT]
        [--server-name NAME] [--profile conformance]
                               run the server until Ctrl-C`;
const initEn = `  init                         make key and store, then stop`;
const userEn = `  user create NAME [--admin] [--password-stdin]
  user reset-password NAME [--password-stdin]
  user list`;

export const usageEn = {
  wardroom: `wardroom COMMAND [--lang zh-CN|en]

${startEn}
${initEn}
${userEn}
  audit search|show|state|prove|export|verify
                               read and check the audit log: wardroom audit --help
  version`,
  start: `wardroom COMMAND\n\n${startEn}`,
  init: `wardroom COMMAND\n\n${initEn}`,
  user: `wardroom COMMAND\n\n${userEn}`,
  audit: `wardroom audit COMMAND [--config FILE] [--data DIR] [--lang zh-CN|en]

  search [--actor @USER:SERVER] [--target WHOM] [--room !ROOM]
         [--code CODE] [--outcome done|refused] [--from TIME] [--to TIME]
         [--limit N | --all] [--json]
                               entries, newest first; 50 unless told.
                               CODE may end in a star: room.member.*
                               TIME: 2026-11-25, 2026-11-25T08:30, or 2h, 7d ago
  show LOG/INDEX [--json]      one entry
  state [--json]               the logs, how far they are signed, their public keys
  prove LOG/INDEX --out FOLDER write an entry and the proof that it stands in the log
  export --out FOLDER          write all of it for an auditor
  verify FOLDER [--key KEYFILE] [--json]
  verify --proof FILE --entry FILE --key KEYFILE [--json]
                               check an export or a proof; needs no server.
                               Ends with 0 whole, 1 not whole, 2 used wrongly`,
};
