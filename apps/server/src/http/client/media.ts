import { MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import type { IncomingFile } from "../incoming-file.ts";
import { disposition, servedType, storedType } from "./media-headers.ts";

type Names =
  | "uploadContent"
  | "createContent"
  | "uploadContentToMXC"
  | "getContentAuthed"
  | "getContentOverrideNameAuthed"
  | "getContentThumbnailAuthed"
  | "getConfigAuthed";

const DEFAULT_WAIT_MS = 20_000;

export function mediaHandlers({ media, config }: HandlerDeps): Pick<Handlers, Names> {
  const { serverName } = config;
  const uri = (mediaId: string) => `mxc://${serverName}/${mediaId}`;
  const fileOf = ({ type, size, chunks }: IncomingFile, name: string | undefined) => ({ type: storedType(type), size, chunks, name });
  // There is no federation: what is elsewhere is not here.
  const own = (params: { readonly serverName: string; readonly mediaId: string }): string => {
    if (params.serverName !== serverName) throw new MatrixError("M_NOT_FOUND", "There is no such file, or you may not see it.");
    return params.mediaId;
  };
  const query = (params: { serverName: string; mediaId: string }, timeoutMs: number | undefined, signal: AbortSignal) => ({
    mediaId: own(params),
    timeoutMs: timeoutMs ?? DEFAULT_WAIT_MS,
    signal,
  });
  return {
    async uploadContent({ actor, body, query: { filename } }) {
      return { content_uri: uri(await media.upload(actor, fileOf(body, filename))) };
    },

    async createContent({ actor }) {
      const { mediaId, expiresAt } = await media.reserve(actor);
      return { content_uri: uri(mediaId), unused_expires_at: expiresAt };
    },

    async uploadContentToMXC({ actor, body, params, query: { filename } }) {
      await media.upload(actor, { ...fileOf(body, filename), mediaId: own(params) });
      return {};
    },

    async getContentAuthed({ actor, params, query: { timeout_ms: timeout }, signal }) {
      const file = await media.download(actor, query(params, timeout, signal));
      return { ...file, type: servedType(file.type), disposition: disposition(file.type, file.name), etag: `"${file.tag}"` };
    },

    async getContentOverrideNameAuthed({ actor, params, query: { timeout_ms: timeout }, signal }) {
      const file = await media.download(actor, query(params, timeout, signal));
      return { ...file, type: servedType(file.type), disposition: disposition(file.type, params.fileName), etag: `"${file.tag}"` };
    },

    async getContentThumbnailAuthed({ actor, params, query: asked, signal }) {
      const { width, height, method = "scale", animated = false } = asked;
      const file = await media.thumbnail(actor, { ...query(params, asked.timeout_ms, signal), width, height, method, animated });
      return { ...file, type: servedType(file.type), disposition: disposition(file.type, file.name), etag: `"${file.tag}"` };
    },

    getConfigAuthed: () => ({ "m.upload.size": media.maxUploadSize }),
  };
}
