const WIDTH = 256;

/** C2SP tlog-tiles: "tile/<L>/<N>[.p/<W>]", N in groups of three digits, all but the last marked with an x. */
function nameTile(level: string, index: number, width: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join("/");
  return `tile/${level}/${path}${width === WIDTH ? "" : `.p/${width}`}`;
}

/** The paths of every tile and bundle of a log of this size, below its folder. Lazily: a large log has many. */
export function* filesOf(size: number): Generator<string> {
  yield* filesOfLevel("entries", size);
  for (let level = 0, nodes = size; nodes > 0; level += 1, nodes = Math.floor(nodes / WIDTH)) yield* filesOfLevel(String(level), nodes);
}

function* filesOfLevel(level: string, nodes: number): Generator<string> {
  const full = Math.floor(nodes / WIDTH);
  for (let index = 0; index < full; index += 1) yield nameTile(level, index, WIDTH);
  if (nodes % WIDTH > 0) yield nameTile(level, full, nodes % WIDTH);
}

/** How many paths `filesOf` gives. */
export function countFiles(size: number): number {
  let files = Math.ceil(size / WIDTH);
  for (let nodes = size; nodes > 0; nodes = Math.floor(nodes / WIDTH)) files += Math.ceil(nodes / WIDTH);
  return files;
}
