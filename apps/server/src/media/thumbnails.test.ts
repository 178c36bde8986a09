import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import sharp from "sharp";
import { silentLogger, systemTimers } from "#kernel";
import { alice, bob, bytesOf, chunked, openMedia } from "./media.test-support.ts";
import { createThumbnailer } from "./thumbnailer.ts";
import { chooseVariant } from "./thumbnail-variant.ts";

const signal = new AbortController().signal;
const canvas = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 30, b: 30, alpha: 0.5 } } });
const frames = async (count: number, side: number): Promise<Buffer> => {
  const each = Array.from({ length: count }, (_, index) =>
    canvas(side, side)
      .modulate({ hue: index * 40 })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(each), { join: { animated: true } })
    .gif()
    .toBuffer();
};

async function openPictures(context: TestContext, quotaPerPerson = 2 ** 40) {
  const { media, folder } = await openMedia(context, { settings: { maxUploadSize: 64 * 1024 * 1024, quotaPerPerson } });
  return {
    media,
    folder,
    put: (bytes: Uint8Array) =>
      media.upload(alice, { type: "application/octet-stream", name: undefined, size: bytes.length, chunks: chunked(bytes, 65_536) }),
    small: async (mediaId: string, width: number, height: number, method: "crop" | "scale" = "scale", animated = false) => {
      const file = await media.thumbnail(alice, { mediaId, width, height, method, animated, timeoutMs: 0, signal });
      const bytes = await bytesOf(file);
      return { type: file.type, bytes, ...(await sharp(bytes, { animated: true }).metadata()) };
    },
  };
}

test("a scaled picture keeps its shape, a cropped one takes that of the box, and none is enlarged", async (context) => {
  const { put, small } = await openPictures(context);
  const id = await put(await canvas(2000, 1000).jpeg().toBuffer());
  const sizes = async (...asked: Parameters<typeof small>) => {
    const { width, height, type } = await small(...asked);
    return [width, height, type];
  };
  assert.deepEqual(await sizes(id, 320, 240), [320, 160, "image/jpeg"]);
  assert.deepEqual(await sizes(id, 300, 200), [320, 160, "image/jpeg"]);
  assert.deepEqual(await sizes(id, 96, 96, "crop"), [96, 96, "image/jpeg"]);
  assert.deepEqual(await sizes(id, 100_000, 100_000), [1600, 800, "image/jpeg"]);
  const clear = await put(await canvas(500, 500, 4).png().toBuffer());
  assert.deepEqual(await sizes(clear, 32, 32, "crop"), [32, 32, "image/png"]);
  const tiny = await canvas(20, 10).webp().toBuffer();
  const { bytes, type } = await small(await put(tiny), 32, 32);
  assert.deepEqual([type, bytes], ["image/webp", tiny], "what is small enough is the file itself");
});

test("a thumbnail stands upright and says nothing of where and with what it was taken", async (context) => {
  const { put, small } = await openPictures(context);
  const photo = await canvas(1000, 500)
    .withMetadata({ orientation: 6 })
    .withExifMerge({ IFD0: { Make: "SecretCamera" }, IFD3: { GPSLatitude: "48/1 51/1 0/1" } })
    .jpeg()
    .toBuffer();
  assert.ok(photo.includes("SecretCamera"));
  const made = await small(await put(photo), 320, 240);
  assert.deepEqual([made.width, made.height], [120, 240]);
  assert.ok(!made.bytes.includes("SecretCamera"));
  assert.equal(made.exif, undefined);
});

test("something that moves moves only where that was asked for", async (context) => {
  const { put, small } = await openPictures(context);
  const id = await put(await frames(5, 200));
  const still = await small(id, 96, 96);
  assert.deepEqual([still.pages ?? 1, still.width], [1, 96]);
  const moving = await small(id, 96, 96, "scale", true);
  assert.deepEqual([moving.pages, moving.type], [5, "image/webp"]);
  const large = await small(id, 640, 480);
  assert.deepEqual([large.pages ?? 1, large.width], [1, 200], "even where the file itself is small enough");
  assert.equal((await small(id, 640, 480, "scale", true)).type, "image/gif");
});

test("a picture that is small as a file and huge as pixels is refused without being decoded, and so are its like", async (context) => {
  const { media, put, small } = await openPictures(context);
  const bomb = await canvas(8000, 8000).png({ compressionLevel: 9 }).toBuffer();
  assert.ok(bomb.length < 500_000);
  const id = await put(bomb);
  await assert.rejects(small(id, 96, 96), { code: "M_TOO_LARGE" });
  await assert.rejects(small(id, 96, 96), { code: "M_TOO_LARGE" });
  for (const wrong of [Buffer.from("<svg/>"), bomb.subarray(0, 1000), Buffer.from("GIF89a and nothing more"), Buffer.alloc(0)])
    await assert.rejects(small(await put(wrong), 96, 96), (error: { code?: string }) => /M_UNKNOWN|M_TOO_LARGE/.test(error.code ?? ""));
  await assert.rejects(
    media.thumbnail(bob, { mediaId: id, width: 96, height: 96, method: "crop", animated: false, timeoutMs: 0, signal }),
    {
      code: "M_NOT_FOUND",
    },
  );
  assert.equal((await small(await put(await canvas(500, 500).png().toBuffer()), 96, 96)).width, 96, "and the next one is made");
});

test("a thousand sizes make a few pictures, and each is made once", async (context) => {
  const names = new Set<string>();
  for (let side = 1; side < 2000; side += 7) {
    for (const method of ["crop", "scale"] as const) {
      for (const other of [side, 2000 - side]) {
        const variant = chooseVariant({ width: side, height: other, method, animated: false });
        names.add(variant.name);
        assert.ok(
          variant.width >= Math.min(side, 1600) || variant.width === 1024,
          "none is smaller than what was asked for, while there is one",
        );
      }
    }
  }
  assert.ok(names.size <= 15, [...names].join());
  const { media, put } = await openPictures(context);
  const mediaId = await put(await canvas(900, 900).png().toBuffer());
  const ask = (width: number) =>
    media.thumbnail(alice, { mediaId, width, height: width, method: "crop", animated: false, timeoutMs: 0, signal });
  const made = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(80 + index)));
  assert.equal(new Set(made.map(({ tag }) => tag)).size, 1);
});

test("pictures that are made count as their owner's: a small file does not fill the disk in thirty sizes", async (context) => {
  const { folder, put, small } = await openPictures(context, 20_000);
  const id = await put(await canvas(900, 900, 4).png({ compressionLevel: 9 }).toBuffer());
  const asked: readonly Parameters<typeof small>[] = [32, 96, 256, 512, 800].flatMap((side) => [
    [id, side, side, "crop"],
    [id, side, side, "scale"],
    [id, side, side, "crop", true],
  ]);
  let made = 0;
  let refusal: unknown;
  for (const each of asked) {
    try {
      await small(...each);
      made += 1;
    } catch (error) {
      refusal = error;
      break;
    }
  }
  assert.ok(made > 0 && made < asked.length, String(made));
  assert.match(String(refusal), /No picture can be made/);
  const stored = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.equal(stored.length, 1 + made, "what was refused left nothing");
});

const picture = { width: 96, height: 96, crop: false, animated: false };

test("a decoder that hangs is ended in time, and one that died is replaced; those who wait are bounded", async (context) => {
  const fired: (() => void)[] = [];
  const timers = { after: (_: number, work: () => void) => (fired.push(work), { cancel: () => {} }) };
  const limits = { picture: 1, idle: 2, waiting: 3, waitingPerPerson: 3 };
  const thumbnailer = createThumbnailer({ timers, log: silentLogger, limits });
  context.after(() => thumbnailer.close());
  const bytes = await canvas(500, 500).png().toBuffer();
  const gate = Promise.withResolvers<Uint8Array>();
  const first = thumbnailer.make("@alice:test", picture, () => gate.promise);
  const others = [thumbnailer.make("@alice:test", picture, async () => bytes), thumbnailer.make("@alice:test", picture, async () => bytes)];
  await assert.rejects(
    thumbnailer.make("@alice:test", picture, async () => bytes),
    { code: "M_LIMIT_EXCEEDED" },
  );
  gate.reject(new Error("unreadable"));
  await assert.rejects(first, /unreadable/);
  assert.deepEqual(
    (await Promise.all(others)).map(({ kind }) => kind),
    ["made", "made"],
  );
  // The last timer is that of rest, and the one before it of the picture.
  fired.at(-1)?.();
  const slow = thumbnailer.make("@alice:test", picture, async () => {
    setImmediate(() => fired.at(-1)?.());
    return bytes;
  });
  assert.equal((await slow).kind, "refused", "out of time");
  assert.equal((await thumbnailer.make("@alice:test", picture, async () => bytes)).kind, "made");
});

test(
  "the decoder is given no secret, may write nothing and read nothing but its code",
  { skip: process.platform !== "linux" },
  async (context) => {
    const thumbnailer = createThumbnailer({ timers: systemTimers, log: silentLogger });
    context.after(() => thumbnailer.close());
    const bytes = await canvas(500, 500).png().toBuffer();
    assert.equal((await thumbnailer.make("@alice:test", picture, async () => bytes)).kind, "made");
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
    const decoder = children.find(
      (id) => existsSync(`/proc/${id}/cmdline`) && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("thumbnail-process"),
    );
    assert.ok(decoder !== undefined);
    const command = readFileSync(`/proc/${decoder}/cmdline`, "utf8").split("\0");
    assert.ok(command.includes("--permission"));
    assert.deepEqual(
      command.filter((part) => /--allow-(?!addons|fs-read)/.test(part)),
      [],
    );
    const names = readFileSync(`/proc/${decoder}/environ`, "utf8")
      .split("\0")
      .map((pair) => pair.split("=")[0]);
    assert.deepEqual(
      names.filter((name) => name !== "" && !/^(NODE_CHANNEL|VIPS_)/.test(name ?? "")),
      [],
    );
  },
);
