// Writes batches of two notes until it is killed; prints each one that was acknowledged.
import { createSystemRandom, silentLogger } from "#kernel";
import { position } from "./contract.ts";
import { openStorage } from "./open-storage.ts";
import { NOTES, notesOf, PAGE_KEY } from "./storage.test-support.ts";

const [, , path = "", prefix = ""] = process.argv;
const store = await openStorage({
  path,
  pageKey: PAGE_KEY,
  cipher: "aegis",
  migrations: [NOTES],
  random: createSystemRandom(),
  log: silentLogger,
});
const notes = notesOf(store);

async function write(lane: number): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const id = `${prefix}${lane}.${turn}.`;
    const writes = ["a", "b"].flatMap((half, offset) =>
      notes.add(id + half).writes.map((each) => ({ ...each, params: [id + half, position(offset), Buffer.alloc(600, half)] })),
    );
    const { first } = await store.commit({ positions: 2, writes });
    process.stdout.write(`${id} ${first}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)));
