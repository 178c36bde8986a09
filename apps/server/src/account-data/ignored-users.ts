import { isJsonObject, parseJson } from "@wardroom/matrix-core";

/** Names in `m.ignored_user_list` (Client-Server API, "Ignoring Users"); nobody where it has another shape. Nobody ignores themselves: their other devices would lose their own words. */
export function ignoredIn(userId: string, contentJson: string | undefined): ReadonlySet<string> {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  const users = isJsonObject(content) && Object.hasOwn(content, "ignored_users") ? content["ignored_users"] : undefined;
  return new Set(isJsonObject(users) ? Object.keys(users).filter((id) => id !== userId) : []);
}
