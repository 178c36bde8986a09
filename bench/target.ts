/** A homeserver under measurement: where it listens, and what its owner says of it. */
export type Target = { name: string; host: string; port: number; secure: boolean; authority: string };

/** The whole of 127.0.0.0/8, ::1 and the names that RFC 6761 keeps on this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Reads `name=URL`. Throws an Error for anything but a bare http(s) origin, and for an origin off loopback
 * unless it is allowed: a load generator pointed at a stranger's server is an attack on it.
 */
export function parseTarget(text: string, allowRemote: boolean): Target {
  const [, name, address] = /^([\w.-]{1,32})=(.+)$/.exec(text) ?? [];
  const url = address === undefined ? null : URL.parse(address);
  if (name === undefined || url === null) throw new Error(`--target wants name=URL, not "${text}"`);
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:") throw new Error(`--target ${name}: only http and https`);
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new Error(`--target ${name}: give the bare origin, such as http://127.0.0.1:8008`);
  if (!allowRemote && !isLoopback(url.hostname))
    throw new Error(`--target ${name}: ${url.hostname} is not on this machine; --allow-remote measures it all the same`);
  const host = url.hostname.endsWith(".localhost") ? "127.0.0.1" : url.hostname.replaceAll(/[[\]]/g, "");
  return { name, host, port: url.port === "" ? (secure ? 443 : 80) : Number(url.port), secure, authority: url.host };
}
