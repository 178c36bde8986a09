import ipaddr from "ipaddr.js";

/** The only part of IPv6 that is routed in public. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an address is one of the public internet: not of this machine, this network, a carrier's inside, and not one that carries
 * another address in itself (IPv4-mapped, 6to4, Teredo, NAT64), behind which any of those can stand.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}
