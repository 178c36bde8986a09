// W8: people join a public room with ten thousand members, one after another and then all at once; each then syncs once.
import { inParallel } from "./accounts.ts";
import { NEWCOMERS } from "./arguments.ts";
import { createConnection } from "./connection.ts";
import { type Json, parseJson, valueAt } from "./json-reading.ts";
import { createRoom, describeRefusal, joinRoom, RefusedError, syncPath, withApi } from "./matrix-api.ts";
import { openWindow } from "./measured-window.ts";
import { createSamples } from "./percentiles.ts";
import { readResidentBytes } from "./process-cost.ts";
import { buildRequest } from "./request-bytes.ts";
import type { Measurement, Stage } from "./run-result.ts";
import type { Target } from "./target.ts";

const MIB = 1024 * 1024;

/** One request over a connection of its own, timed from the moment it is written to the last byte of its answer. */
function timed(
  target: Target,
  parts: Parameters<typeof buildRequest>[1],
): Promise<{ json: Json | undefined; bytes: number; milliseconds: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ json: Json | undefined; bytes: number; milliseconds: number }>();
  const connection = createConnection(
    target,
    {
      onResponse(status, body, arrivedAt) {
        connection.close();
        const json = parseJson(body);
        if (status === 200) resolve({ json, bytes: Buffer.byteLength(body), milliseconds: arrivedAt - began });
        else reject(new RefusedError(describeRefusal(`${parts.method} ${parts.path.split("?", 1)[0]}`, { status, json })));
      },
      onFailure: reject,
    },
    { timeoutMs: 60_000, mayResend: false },
  );
  const began = performance.now();
  connection.send(buildRequest(target, parts));
  return promise;
}

/** The room is made by the first account and joined by all but the last newcomers; that is not measured. */
export async function joinCrowd(stage: Stage): Promise<Measurement> {
  const { target, pids } = stage;
  const crowd = stage.tokens.slice(0, -2 * NEWCOMERS);
  const newcomers = stage.tokens.slice(-2 * NEWCOMERS);
  const roomId = await withApi(target, (api) => createRoom(api, crowd.slice(0, 1)));
  await inParallel(target, crowd.length - 1, (api, index) => joinRoom(api, roomId, crowd[index + 1] ?? ""));

  const join = (token: string) =>
    timed(target, { method: "POST", path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/join`, token, body: "{}" });
  const [inTurn, atOnce, syncs] = [createSamples(), createSamples(), createSamples()];
  const residentBefore = readResidentBytes(pids);
  const close = openWindow(pids);
  for (const token of newcomers.slice(0, NEWCOMERS)) inTurn.add((await join(token)).milliseconds);
  const together = await Promise.all(newcomers.slice(NEWCOMERS).map(join));
  for (const { milliseconds } of together) atOnce.add(milliseconds);
  let bytes = 0;
  for (const token of newcomers) {
    const answer = await timed(target, { method: "GET", path: syncPath(undefined), token });
    requireWhole(answer.json, roomId, stage.tokens.length);
    syncs.add(answer.milliseconds);
    bytes = Math.max(bytes, answer.bytes);
  }
  const cost = close();
  const residentAfter = readResidentBytes(pids);
  const latency = inTurn.summarise();
  const growth = residentBefore === undefined || residentAfter === undefined ? undefined : (residentAfter - residentBefore) / MIB;
  const extra = {
    atOnceP99: atOnce.summarise().p99,
    syncP50: syncs.summarise().p50,
    syncMax: syncs.summarise().max,
    syncKilobytes: bytes / 1024,
    ...(growth === undefined ? {} : { residentGrowth: growth }),
  };
  return { sends: newcomers.length, deliveries: 0, latency, clockLatenessMs: undefined, cost, faults: [], extra };
}

/** A fast answer that leaves the room or its people out is no answer. */
function requireWhole(json: Json | undefined, roomId: string, members: number): void {
  const room = valueAt(json, "rooms", "join", roomId);
  if (room === undefined) throw new RefusedError("the sync after a join does not hold the room");
  const told = valueAt(room, "summary", "m.joined_member_count");
  if (told !== members) throw new RefusedError(`the sync after a join tells of ${JSON.stringify(told)} members, not of ${members}`);
}
