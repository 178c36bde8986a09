import type { PresenceName } from "./contract.ts";

/** What one device says of its person. */
export interface Device {
  as: "online" | "unavailable";
  /** Requests of it that ask or wait for news now. */
  connected: number;
  /** Without such a request it counts until here. */
  until: number;
}

export interface Person {
  readonly devices: Map<string, Device>;
  statusMessage: string | undefined;
  lastActive: number;
  /** What others were last told. */
  shown: Shown;
}

export interface Shown {
  readonly presence: PresenceName;
  readonly currentlyActive: boolean;
  readonly statusMessage: string | undefined;
}

/** After its last request a device has this long to ask again. */
export const GRACE_MS = 30_000;
/** Client-Server API, "Idle timeout". */
const IDLE_MS = 5 * 60_000;
/** For so long no news is sent of somebody who does one thing after another. */
const ACTIVE_MS = 60_000;
const MOST_DEVICES = 20;

export const createPerson = (): Person => ({
  devices: new Map(),
  statusMessage: undefined,
  lastActive: 0,
  shown: { presence: "offline", currentlyActive: false, statusMessage: undefined },
});

/** The person as their devices show them; devices that are gone are dropped. */
export function judge(person: Person, now: number): Shown {
  let presence: PresenceName = "offline";
  const isIdle = now - person.lastActive >= IDLE_MS;
  for (const [deviceId, device] of person.devices) {
    if (device.connected === 0 && device.until <= now) person.devices.delete(deviceId);
    else if (device.as === "online" && !isIdle) presence = "online";
    else if (presence === "offline") presence = "unavailable";
  }
  const currentlyActive = presence === "online" && now - person.lastActive < ACTIVE_MS;
  return { presence, currentlyActive, statusMessage: person.statusMessage };
}

export function isSame(one: Shown, other: Shown): boolean {
  return one.presence === other.presence && one.currentlyActive === other.currentlyActive && one.statusMessage === other.statusMessage;
}

/** The device's entry, as it now says. The one that was quiet longest gives way. */
export function touchDevice(person: Person, deviceId: string, as: Device["as"], now: number): Device {
  const device = person.devices.get(deviceId) ?? { as, connected: 0, until: 0 };
  device.as = as;
  device.until = now + GRACE_MS;
  person.devices.delete(deviceId);
  person.devices.set(deviceId, device);
  const [oldest] = person.devices.keys();
  if (person.devices.size > MOST_DEVICES && oldest !== undefined) person.devices.delete(oldest);
  return device;
}
