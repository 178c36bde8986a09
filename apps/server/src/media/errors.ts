import { MatrixError } from "#kernel";

/** The one answer for what is not there, was erased, or may not be seen: the difference would tell. */
export const notFound = () => new MatrixError("M_NOT_FOUND", "There is no such file, or you may not see it.");
export const notYetUploaded = () => new MatrixError("M_NOT_YET_UPLOADED", "The file has not been uploaded yet.");
export const cannotOverwrite = () => new MatrixError("M_CANNOT_OVERWRITE_MEDIA", "This place holds a file already.");
export const tooLarge = (most: number) => new MatrixError("M_TOO_LARGE", `A file has at most ${most} bytes here.`);
/** The code that the specification names (Client-Server API, "Content repository", security considerations). */
export const quotaExceeded = () => new MatrixError("M_FORBIDDEN", "Your files would take more than you may store here.");
export const busy = (message: string, retryAfterMs = 1000) => new MatrixError("M_LIMIT_EXCEEDED", message, { retryAfterMs });
export const noThumbnail = () => new MatrixError("M_UNKNOWN", "No picture can be made of this file.");
export const tooManyPixels = () => new MatrixError("M_TOO_LARGE", "The picture is too large to make a smaller one of it.");
