import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { median } from "./percentiles.ts";

export type Calibration = { sha256MegabytesPerSecond: number; fdatasyncP50Ms: number; load: number };

export type Machine = { model: string; processors: number; node: string; disk: string };

export type StealReading = { steal: number; total: number };

export function describeMachine(disk: string): Machine {
  const processors = cpus();
  return { model: processors[0]?.model.trim() ?? "unknown", processors: processors.length, node: process.version, disk: resolve(disk) };
}

function measureHashing(): number {
  const block = Buffer.alloc(65_536, 7);
  const began = performance.now();
  let blocks = 0;
  while (performance.now() - began < 200) {
    createHash("sha256").update(block).digest();
    blocks += 1;
  }
  return (blocks * block.length) / 1000 / (performance.now() - began);
}

function measureSync(disk: string): number {
  const path = join(disk, `.bench-${process.pid}.tmp`);
  const file = openSync(path, "wx", 0o600);
  try {
    // Unlinked while open: nothing is left behind, whatever ends this process.
    unlinkSync(path);
    const block = Buffer.alloc(4096, 7);
    const times = Array.from({ length: 50 }, () => {
      const began = performance.now();
      writeSync(file, block);
      fdatasyncSync(file);
      return performance.now() - began;
    });
    return median(times);
  } finally {
    closeSync(file);
  }
}

/** How fast this machine is just now, so that runs on a disturbed machine can be told apart; takes about 0.3 s. */
export function calibrate(disk: string): Calibration {
  return { sha256MegabytesPerSecond: measureHashing(), fdatasyncP50Ms: measureSync(disk), load: loadavg()[0] ?? Number.NaN };
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal (guest times are inside user). */
export function parseSteal(text: string): StealReading {
  const fields = (text.split("\n", 1)[0] ?? "").trim().split(/\s+/).slice(1, 9).map(Number);
  return { steal: fields[7] ?? 0, total: fields.reduce((sum, field) => sum + field, 0) };
}

export function readSteal(): StealReading {
  try {
    return parseSteal(readFileSync("/proc/stat", "latin1"));
  } catch {
    return { steal: 0, total: 0 };
  }
}

/** Share of all processor time that the hypervisor gave to others between two readings. */
export const stealBetween = (from: StealReading, to: StealReading): number =>
  to.total > from.total ? (to.steal - from.steal) / (to.total - from.total) : 0;
