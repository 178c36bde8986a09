import { readdirSync, readFileSync } from "node:fs";

export type ProcessTimes = { pid: number; parent: number; ticks: number };

/** The kernel reports times to user space in 1/100 s (USER_HZ) on every platform that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/**
 * One line of /proc/<pid>/stat (proc(5)): its own time in all its threads, ended ones included, and the time of the
 * children it has waited for. The name stands in brackets and may itself hold brackets and spaces.
 */
export function parseStat(line: string): ProcessTimes | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const parent = Number(fields[1]);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return fields.length < 15 || !Number.isInteger(pid + parent + ticks) ? undefined : { pid, parent, ticks };
}

function listProcesses(): ProcessTimes[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return parseStat(readFileSync(`/proc/${name}/stat`, "latin1")) ?? [];
      } catch {
        // It ended between the listing and the reading.
        return [];
      }
    });
}

/** Ticks of these processes and all that descend from them, each counted once. */
export function sumTree(roots: readonly number[], processes: readonly ProcessTimes[]): number {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const byId = new Map(processes.map((process) => [process.pid, process]));
  const seen = new Set<number>();
  const waiting = [...roots];
  let ticks = 0;
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const process = byId.get(pid);
    if (process === undefined || seen.has(pid)) continue;
    seen.add(pid);
    ticks += process.ticks;
    waiting.push(...(children.get(pid) ?? []).map((child) => child.pid));
  }
  return ticks;
}

/** Memory of these processes themselves in bytes (VmRSS of proc(5)); undefined without any. */
export function readResidentBytes(pids: readonly number[]): number | undefined {
  if (pids.length === 0) return undefined;
  const kilobytes = (pid: number) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  return pids.reduce((sum, pid) => sum + kilobytes(pid) * 1024, 0);
}

/** CPU time in µs that the trees below these processes have used so far. Throws if one of the roots is gone. */
export function readTreeTime(roots: readonly number[]): number {
  const processes = listProcesses();
  const gone = roots.find((root) => !processes.some(({ pid }) => pid === root));
  if (gone !== undefined) throw new Error(`no process ${gone}`);
  return sumTree(roots, processes) * MICROSECONDS_PER_TICK;
}
