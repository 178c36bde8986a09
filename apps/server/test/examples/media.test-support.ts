import { route } from "@wardroom/testkit";
import { download, fill, partsOf, reserve, thumbnail, tryUpload, upload } from "../media-steps.test-support.ts";
import type { Examples } from "./scene.test-support.ts";

const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

export const mediaExamples: Examples = {
  uploadContent: ({ me }) => tryUpload(me, "example", { name: "example.txt" }),
  createContent: ({ me }) => me.request("POST", "/_matrix/media/v1/create"),
  uploadContentToMXC: async ({ me }) => fill(me, await reserve(me), "example"),
  getContentAuthed: async ({ me }) => download(me, await upload(me, "example")),
  async getContentOverrideNameAuthed({ me }) {
    const [serverName, mediaId] = partsOf(await upload(me, "example"));
    return me.get(route`/_matrix/client/v1/media/download/${serverName}/${mediaId}/${"other.txt"}`);
  },
  getContentThumbnailAuthed: async ({ me }) => thumbnail(me, await upload(me, PIXEL, { type: "image/png" }), { width: "32", height: "32" }),
  getConfigAuthed: ({ me }) => me.get("/_matrix/client/v1/media/config"),
};
