import * as v from "valibot";
import { endpoint, none } from "../endpoint.ts";
import { noParams, token } from "../fields.ts";

export const getKeysChanges = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/keys/changes",
  spec: "get_matrixclientv3keyschanges",
  module: "sync",
  params: noParams,
  query: v.object({ from: token, to: token }),
  body: none("reads"),
  response: v.object({ changed: v.array(v.string()), left: v.array(v.string()) }),
  auth: "token",
  policy: { action: "keys.changes.read", who: "account", resource: "server" },
  audit: none("an ordinary read; names only people with whom the caller shares or shared a room"),
  limit: "read",
  errors: [],
  heavy: true,
});
