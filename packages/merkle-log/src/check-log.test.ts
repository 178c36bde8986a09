import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import {
  checkLog,
  createVerifier,
  type Fault,
  openNote,
  packEntries,
  parseCheckpoint,
  parsePath,
  tilePath,
  unpackEntries,
} from "./index.ts";
import { entryOf, makeLog, readersOf, type TestLog } from "./log.test-support.ts";

const check = (log: TestLog, files: ReadonlyMap<string, Uint8Array>) => checkLog({ size: log.size, root: log.root, ...readersOf(files) });

const nameOf = (fault: Fault | undefined): string =>
  fault?.kind === "entry" ? `entry ${fault.index}` : ((fault && "path" in fault ? fault.path : fault?.kind) ?? "none");
const namesOf = ({ faults }: { faults: readonly Fault[] }): string[] => faults.map(nameOf);

function alter(
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
  change: (bytes: Buffer) => Uint8Array | undefined,
): Map<string, Uint8Array> {
  const altered = new Map(files);
  const bytes = change(Buffer.from(files.get(path) ?? assert.fail(path)));
  if (bytes === undefined) altered.delete(path);
  else altered.set(path, bytes);
  return altered;
}

function flip(bytes: Buffer, bit: number): Buffer {
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes;
}

/** Which entry of the bundle the byte belongs to, its length included. */
function entryAt(bundle: Uint8Array, byte: number): number {
  let end = 0;
  return unpackEntries(bundle).findIndex((entry) => (end += 2 + entry.length) > byte);
}

function faultOfFlip(files: ReadonlyMap<string, Uint8Array>, path: string, bit: number): string {
  const parsed = parsePath(path);
  if (parsed?.kind !== "entries") return path;
  return `entry ${parsed.index * 256 + entryAt(files.get(path) ?? assert.fail(), bit >> 3)}`;
}

/** What a reader does with a folder: the checkpoint first, then all that it stands for. */
async function readFolder(log: TestLog, files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const verifier = createVerifier(log.vkey);
  let text = "";
  try {
    const note = openNote(files.get("checkpoint") ?? assert.fail(), [verifier]);
    if (note.verified.length === 0) return ["checkpoint"];
    ({ text } = note);
  } catch {
    return ["checkpoint"];
  }
  const { size, root } = parseCheckpoint(text);
  return namesOf(await checkLog({ size, root, ...readersOf(files) }));
}

test("a sound log has no faults, and each of its entries is shown once and in order", async () => {
  for (const size of [0, 1, 2, 255, 256, 257, 512, 700]) {
    const log = makeLog(size);
    const seen: string[] = [];
    const report = await checkLog({ ...log, onEntry: (index, entry) => void seen.push(`${index} ${Buffer.from(entry).toString()}`) });
    assert.deepEqual(report, { size, entries: size, faults: [], complete: true });
    assert.deepEqual(
      seen,
      Array.from({ length: size }, (_, index) => `${index} ${Buffer.from(entryOf(index)).toString()}`),
    );
  }
});

test("any one bit that is flipped in entries, tiles or checkpoint is found and named at its place, and nothing else is accused", async () => {
  const random = createSeededRandom("flips");
  for (const [size, trials] of [
    [1111, 900],
    [1280, 100],
    [200, 50],
  ] as const) {
    const log = makeLog(size);
    const paths = [...log.files.keys()];
    assert.deepEqual(await readFolder(log, log.files), []);
    for (let trial = 0; trial < trials; trial += 1) {
      // Every file as often as any other, or the small tiles of the upper levels would hardly ever be hit.
      const path = paths[random.below(paths.length)] ?? assert.fail();
      const bit = random.below((log.files.get(path)?.length ?? 0) * 8);
      const found = await readFolder(
        log,
        alter(log.files, path, (bytes) => flip(bytes, bit)),
      );
      assert.deepEqual(found, [faultOfFlip(log.files, path, bit)], `bit ${bit} of ${path}, ${size} entries`);
    }
  }
});

test("each bit of every length in a bundle is located as the entry behind it", async () => {
  const log = makeLog(40);
  const path = "tile/entries/000.p/40";
  let at = 0;
  for (const [index, entry] of unpackEntries(log.files.get(path) ?? assert.fail()).entries()) {
    for (let bit = at * 8; bit < at * 8 + 16; bit += 1) {
      const report = await check(
        log,
        alter(log.files, path, (bytes) => flip(bytes, bit)),
      );
      assert.deepEqual(
        report.faults,
        [{ kind: "entry", index, path, reason: "the length that stands before it was altered" }],
        `bit ${bit}`,
      );
      assert.equal(report.entries, 39);
    }
    at += 2 + entry.length;
  }
});

// 66,000 entries: full and partial tiles on two levels, a partial one on a third.
const large = makeLog(66_000);

test("an altered bit on any level of a large log is named at its tile, and all its entries are still proven", async () => {
  for (const path of ["tile/0/000", "tile/0/200", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"]) {
    const report = await check(
      large,
      alter(large.files, path, (bytes) => flip(bytes, 77)),
    );
    assert.deepEqual([namesOf(report), report.entries], [[path], 66_000]);
    assert.match(report.faults[0]?.reason ?? "", /^its hash 0 was altered$/);
  }
});

test("a missing file, a file that is too short and one that is too long are named by their path", async () => {
  const log = makeLog(700);
  for (const path of log.files.keys()) {
    if (path === "checkpoint") continue;
    const changes: Record<string, (bytes: Buffer) => Uint8Array | undefined> = {
      missing: () => undefined,
      empty: () => Buffer.alloc(0),
      "a byte short": (bytes) => bytes.subarray(0, -1),
      "a byte long": (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
      "two long": (bytes) => Buffer.concat([bytes, Buffer.alloc(2)]),
      "a hash short": (bytes) => bytes.subarray(0, -32),
      "twice as long": (bytes) => Buffer.concat([bytes, bytes]),
    };
    for (const [name, change] of Object.entries(changes)) {
      const { faults, complete } = await check(log, alter(log.files, path, change));
      assert.deepEqual([faults.map(nameOf), complete], [[path], true], `${path}: ${name}`);
      if (name === "missing") assert.equal(faults[0]?.reason, "it cannot be read");
    }
  }
});

test("all tiles above the entries may be missing: each is named, and every entry is still proven", async () => {
  const files = new Map([...large.files].filter(([path]) => !/^tile\/[12]/.test(path)));
  const report = await check(large, files);
  assert.deepEqual([namesOf(report), report.entries], [["tile/2/000.p/1", "tile/1/000", "tile/1/001.p/1"], 66_000]);
  const entriesOnly = new Map([...makeLog(700).files].filter(([path]) => path.startsWith("tile/entries")));
  const bare = await check(makeLog(700), entriesOnly);
  assert.deepEqual([namesOf(bare), bare.entries], [["tile/1/000.p/2", "tile/0/000", "tile/0/001", "tile/0/002.p/188"], 700]);
});

test("several faults at once are each found where they are", async () => {
  const log = makeLog(1300);
  let files = alter(log.files, "tile/0/001", (bytes) => flip(bytes, 100 * 256));
  files = alter(files, "tile/1/000.p/5", (bytes) => flip(bytes, 3 * 256));
  files = alter(files, "tile/entries/001", (bytes) => flip(bytes, 16));
  files = alter(files, "tile/entries/004", (bytes) => flip(bytes, 16));
  files = alter(files, "tile/entries/005.p/20", (bytes) => flip(bytes, 16));
  const report = await check(log, files);
  assert.deepEqual(namesOf(report), ["tile/1/000.p/5", "tile/0/001", "entry 256", "entry 1024", "entry 1280"]);
  assert.equal(report.entries, 1297);
});

test("an entry and its own hash altered together are found at both places, without accusing the rest", async () => {
  for (const [tile, bundle, position, index] of [
    ["tile/0/000", "tile/entries/000", 7, 7],
    ["tile/0/002.p/188", "tile/entries/002.p/188", 7, 519],
  ] as const) {
    const log = makeLog(700);
    const entries = unpackEntries(log.files.get(bundle) ?? assert.fail());
    let files = alter(log.files, bundle, () => packEntries(entries.with(position, Buffer.from("forged"))));
    files = alter(files, tile, (bytes) => flip(bytes, position * 256));
    assert.deepEqual(namesOf(await check(log, files)), [tile, `entry ${index}`]);
  }
});

test("an entry that was rewritten with its leaf hash, but no further up, is found at the tile", async () => {
  const log = makeLog(700);
  const forged = makeLog(700, (index) => (index === 7 ? Buffer.from("forged") : entryOf(index)));
  const files = new Map(log.files);
  for (const path of ["tile/0/000", "tile/entries/000"]) files.set(path, forged.files.get(path) ?? assert.fail());
  const report = await check(log, files);
  assert.deepEqual(namesOf(report), ["tile/0/000"]);
  assert.equal(report.entries, 444);
});

test("where everything agrees but the checkpoint, it is the checkpoint that does not fit", async () => {
  const log = makeLog(700);
  const forged = makeLog(700, (index) => (index === 7 ? Buffer.from("forged") : entryOf(index)));
  const report = await check(log, forged.files);
  assert.deepEqual(report.faults, [
    { kind: "checkpoint", reason: "all entries and tiles agree with each other, and not with the checkpoint" },
  ]);
  assert.equal(report.entries, 0);
  assert.deepEqual(namesOf(await checkLog({ size: 0, root: log.root, ...readersOf(log.files) })), ["checkpoint"]);
});

test("a log whose tail was cut off lacks the files that the checkpoint stands for", async () => {
  const report = await check(makeLog(700), makeLog(600).files);
  assert.deepEqual(namesOf(report), ["tile/0/002.p/188", "tile/entries/002.p/188"]);
  assert.equal(report.entries, 0);
});

test("an entry inserted, removed or moved is located where the order is first broken", async () => {
  const log = makeLog(700);
  const bundle = "tile/entries/001";
  const entries = unpackEntries(log.files.get(bundle) ?? assert.fail());
  const first = async (changed: readonly Uint8Array[]) => {
    const report = await check(
      log,
      alter(log.files, bundle, () => packEntries(changed.slice(0, 256))),
    );
    return nameOf(report.faults.find(({ kind }) => kind === "entry"));
  };
  assert.equal(await first(entries.toSpliced(10, 0, Buffer.from("inserted"))), "entry 266");
  assert.equal(await first(entries.toSpliced(10, 1)), "entry 266");
  assert.equal(await first(entries.with(10, entries[11] ?? assert.fail()).with(11, entries[10] ?? assert.fail())), "entry 266");
});

test("what the caller objects to is a fault of that entry, and is asked of altered entries no more", async () => {
  const log = makeLog(300);
  const files = alter(log.files, "tile/entries/000", (bytes) => flip(bytes, 16));
  const asked: number[] = [];
  const onEntry = (index: number) => {
    asked.push(index);
    return index === 299 ? "its time is before the last one's" : undefined;
  };
  const { faults } = await checkLog({ size: 300, root: log.root, ...readersOf(files), onEntry });
  assert.deepEqual(faults.map(nameOf), ["entry 0", "entry 299"]);
  assert.equal(faults[1]?.reason, "its time is before the last one's");
  assert.deepEqual([asked.length, asked[0]], [299, 1]);
  // An objection to contents says nothing for the checkpoint.
  const forged = await checkLog({ size: 300, root: Buffer.alloc(32, 1), ...readersOf(log.files), onEntry });
  assert.deepEqual(forged.faults.map(nameOf), ["checkpoint", "entry 299"]);
});

test("a check of ruins ends: at 100 faults, or where the caller says", async () => {
  const log = makeLog(700);
  const ruins = new Map(
    [...log.files].map(([path, bytes]) => [path, path.startsWith("tile/entries") ? Buffer.alloc(bytes.length, 1) : bytes]),
  );
  const garbled = await check(log, ruins);
  assert.equal(garbled.entries, 0);
  const empty = packEntries(Array.from({ length: 256 }, () => Buffer.alloc(0)));
  const emptied = new Map([...log.files].map(([path, bytes]) => [path, path.startsWith("tile/entries") ? empty : bytes]));
  const report = await check(log, emptied);
  assert.deepEqual([report.faults.length, report.complete], [100, false]);
  const three = await checkLog({ size: 700, root: log.root, ...readersOf(emptied), maxFaults: 3 });
  assert.deepEqual([three.faults.length, three.complete], [3, false]);
  const nothing = await check(log, new Map());
  assert.ok(nothing.faults.length >= 4 && nothing.entries === 0);
});

test("a sound log is read once, file by file, and no more than it has", async () => {
  const asked: string[] = [];
  await checkLog({
    size: large.size,
    root: large.root,
    readTile: (tile) => (asked.push(tilePath(tile)), large.readTile(tile)),
    readEntries: (bundle) => (asked.push(`${bundle.index}`), large.readEntries(bundle)),
  });
  assert.equal(asked.length, new Set(asked).size);
  assert.equal(asked.length, large.files.size - 1);
});
