import { en, type Messages } from "./messages/en.ts";
import { zhCn } from "./messages/zh-cn.ts";

const languages: ReadonlyMap<string, Messages> = new Map([
  ["en", en],
  ["zh-CN", zhCn],
]);

/** The language of the environment, as POSIX orders its variables: the first that is set and not empty. */
export function messagesOf(environment: Readonly<Record<string, string | undefined>>): Messages {
  const locale = [environment["LC_ALL"], environment["LC_MESSAGES"], environment["LANG"]].find(
    (value) => value !== undefined && value !== "",
  );
  return /^zh(?:[_.@-]|$)/i.test(locale ?? "") ? zhCn : en;
}

/** The language that `--lang` names. */
export function findMessages(language: string): Messages | undefined {
  return languages.get(language);
}
