// Runs as a process of its own (see thumbnailer.ts): what a crafted picture does to the decoder, it does here, where there is no
// key, no store, no network and no token.
import sharp from "sharp";
import type { DecodeAnswer, DecodeRequest } from "./thumbnail-messages.ts";

/** Some 200 MB as raw pixels. */
const MOST_PIXELS = 50_000_000;

// The files come once each, and one at a time.
sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer", "VipsForeignLoadNsgifBuffer"],
});

process.on("message", (request: DecodeRequest) => {
  make(request).then(answer, (error: unknown) => answer(refusal(error)));
});
process.on("disconnect", () => process.exit());

const answer = (value: DecodeAnswer) => void process.send?.(value);

async function make({ bytes, width, height, crop, animated }: DecodeRequest): Promise<DecodeAnswer> {
  const { pages = 1, width: wide, height: tall, pageHeight = tall, hasAlpha, orientation = 1 } = await open(bytes, animated).metadata();
  const hasMany = pages > 1;
  const moves = animated && hasMany;
  // A still picture of something that moves is made even where it is small: the file itself would move. So is an upright one of one
  // that is to be turned.
  if (wide <= width && pageHeight <= height && moves === hasMany && orientation === 1) return { kind: "original" };
  const resized = open(bytes, moves)
    .autoOrient()
    .resize({ width, height, fit: crop ? "cover" : "inside", withoutEnlargement: true });
  // Written anew without anything but the pixels: where and when a picture was taken stays out.
  if (moves) return { kind: "made", type: "image/webp", bytes: await resized.webp({ quality: 75 }).toBuffer() };
  return hasAlpha
    ? { kind: "made", type: "image/png", bytes: await resized.png().toBuffer() }
    : { kind: "made", type: "image/jpeg", bytes: await resized.jpeg({ quality: 80 }).toBuffer() };
}

const open = (bytes: Uint8Array, animated: boolean) =>
  sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "warning", animated, sequentialRead: true });

function refusal(error: unknown): DecodeAnswer {
  const isTooLarge = error instanceof Error && /pixel limit|too large/i.test(error.message);
  return { kind: isTooLarge ? "too-large" : "refused" };
}
