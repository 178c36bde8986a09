import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** The address that limits count against. */
export type AddressReader = (request: IncomingMessage) => string;

/**
 * The peer's address, or what a trusted proxy says about it: of X-Forwarded-For the right-most entry that is not itself a
 * trusted proxy. Everything left of that one was written by the client and may be invented.
 */
export function createAddressReader(trustedProxies: readonly string[]): AddressReader {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) trusted.addAddress(plain(proxy), familyOf(plain(proxy)));
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, familyOf(address));
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? "");
    const forwarded = trustedProxies.length === 0 ? undefined : request.headers["x-forwarded-for"];
    if (forwarded === undefined || !isTrusted(peer)) return bucketOf(peer);
    const chain = (Array.isArray(forwarded) ? forwarded.join(",") : forwarded).split(",").map((entry) => plain(entry.trim()));
    const client = chain.findLast((entry) => !isTrusted(entry));
    return bucketOf(client !== undefined && isIP(client) !== 0 ? client : peer);
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** IPv4 inside IPv6 is IPv4. */
const plain = (address: string) => (address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address);

/** One subscriber owns a whole /64: counted by address, IPv6 would have no limits at all. */
function bucketOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [before = "", after] = address.split("%", 1)[0]?.split("::") ?? [];
  const left = before === "" ? [] : before.split(":");
  const right = after === undefined || after === "" ? [] : after.split(":");
  const groups = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
