// What people do with files, one line each.
import { type Answer, ok, route, type Session, textAt } from "@wardroom/testkit";

export interface SentFile {
  readonly type?: string;
  readonly name?: string;
}

export function tryUpload(by: Session, bytes: Uint8Array | string, { type = "text/plain", name }: SentFile = {}): Promise<Answer> {
  return by.request("POST", "/_matrix/media/v3/upload", {
    rawBody: bytes,
    headers: { "content-type": type },
    ...(name === undefined ? {} : { query: { filename: name } }),
  });
}

/** @returns the address, `mxc://…` */
export async function upload(by: Session, bytes: Uint8Array | string, file?: SentFile): Promise<string> {
  return textAt(ok(await tryUpload(by, bytes, file)), "content_uri");
}

/** Server name and id of an address. */
export function partsOf(uri: string): [string, string] {
  const [, serverName = "", mediaId = ""] = /^mxc:\/\/([^/]+)\/([\w-]+)$/.exec(uri) ?? [];
  return [serverName, mediaId];
}

export const download = (by: Session, uri: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Answer> => {
  const [serverName, mediaId] = partsOf(uri);
  return by.request(method, route`/_matrix/client/v1/media/download/${serverName}/${mediaId}`, { headers });
};

export const thumbnail = (by: Session, uri: string, query: Readonly<Record<string, string>>): Promise<Answer> => {
  const [serverName, mediaId] = partsOf(uri);
  return by.get(route`/_matrix/client/v1/media/thumbnail/${serverName}/${mediaId}`, query);
};

export async function reserve(by: Session): Promise<string> {
  return textAt(ok(await by.request("POST", "/_matrix/media/v1/create")), "content_uri");
}

export const fill = (by: Session, uri: string, bytes: Uint8Array | string): Promise<Answer> => {
  const [serverName, mediaId] = partsOf(uri);
  return by.request("PUT", route`/_matrix/media/v3/upload/${serverName}/${mediaId}`, {
    rawBody: bytes,
    headers: { "content-type": "text/plain" },
  });
};
