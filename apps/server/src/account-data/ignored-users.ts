import { isJsonObject, parseJson } from "@wardroom/matrix-core";

/** Names in `m.ignored_user_list` (Client-Server API, "Ignoring Users"); nobody where it has another shape. */
export function ignoredIn(contentJson: string | undefined): ReadonlySet<string> {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  const users = isJsonObject(content) && Object.hasOwn(content, "ignored_users") ? content["ignored_users"] : undefined;
  return new Set(isJsonObject(users) ? Object.keys(users) : []);
}
