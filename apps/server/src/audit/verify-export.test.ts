import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { before, after, test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import type { AuditRecord } from "#kernel";
import { type AuditHouse, openAuditHouse } from "./audit.test-support.ts";
import { entryAt, type ExportedFolder, exportOf, faultsOf, filesIn } from "./exported.test-support.ts";
import { verifyFiles } from "./verify-export.ts";

const sent = (actor: string): AuditRecord => ({ event: "room.message.sent", actor, outcome: "done" });

async function fill({ audit, storage }: AuditHouse, count: number): Promise<void> {
  for (let at = 0; at < count; at += 50) {
    const records = Array.from({ length: Math.min(50, count - at) }, (_, offset) => sent(`person ${at + offset}`));
    await storage.commit({ writes: audit.writes(...records) });
  }
  await audit.checkpoint();
}

/** Two logs: the second place was lost between them. */
let house: AuditHouse;
let folder: ExportedFolder;

before(async () => {
  house = await openAuditHouse();
  await fill(house, 300);
  house = await house.restart(() => rmSync(house.secondPlace));
  await fill(house, 330);
  folder = await exportOf(house);
});
after(() => house.close());

const verify = (changed: ReadonlyMap<string, Uint8Array>, input = {}) => verifyFiles(filesIn(changed), input);

test("an export is whole; whose key it was and that nobody has seen it is said", async () => {
  const report = await verify(folder);
  assert.deepEqual(faultsOf(report), []);
  assert.deepEqual(
    report.warnings.map(({ what }) => what),
    ["key-from-folder", "log-broken-off", "no-witness"],
  );
  assert.deepEqual(
    report.logs.map(({ entries, size, witnesses }) => [entries === size && size > 300, witnesses]),
    [
      [true, 0],
      [true, 0],
    ],
  );
  const [first, second] = report.logs;
  assert.equal(second?.continues?.origin, first?.origin);
  assert.equal(second?.continues?.left, first?.size);
  assert.ok((second?.lastTime ?? 0) > 0);
});

const kinds: readonly (readonly [number, RegExp])[] = [
  [400, /^logs\/\d\/tile\/entries\//],
  [300, /^logs\/\d\/tile\/\d\//],
  [150, /^logs\/\d\/checkpoint$/],
  [150, /^(?:logs\/\d\/vkey|export\.json|second-place)$/],
];

test("one bit that is turned, a thousand times: found each time, in the entry or file that holds it, and nowhere else", async () => {
  const random = createSeededRandom("bits");
  const paths = [...folder.keys()];
  for (const [trials, kind] of kinds) {
    const candidates = paths.filter((path) => kind.test(path));
    assert.ok(candidates.length > 1, String(kind));
    for (let trial = 0; trial < trials; trial += 1) {
      const path = candidates[random.below(candidates.length)] ?? assert.fail();
      const bytes = folder.get(path) ?? assert.fail();
      const at = random.below(bytes.length);
      const bit = 2 ** random.below(8);
      const altered = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ bit : byte));
      const [, log, bundle] = /^logs\/(\d)\/tile\/entries\/(\d{3})/.exec(path) ?? [];
      const place = bundle === undefined ? path : `${log}/${Number(bundle) * 256 + entryAt(bytes, at)}`;
      const found = faultsOf(await verify(new Map([...folder, [path, altered]])));
      assert.deepEqual(
        found.map((fault) => fault.split(" ")[0]),
        [place],
        `${path}, byte ${at}, bit ${bit}: ${found.join("; ")}`,
      );
    }
  }
});
