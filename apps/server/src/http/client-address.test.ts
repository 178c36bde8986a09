import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { createAddressReader } from "./client-address.ts";

const read = (trusted: readonly string[], peer: string, forwarded?: string): string => {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  // Proven: the reader looks at these two members only.
  return createAddressReader(trusted)({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage);
};

test("the header of a peer that is no trusted proxy is not believed", () => {
  assert.equal(read([], "198.51.100.7", "203.0.113.1"), "198.51.100.7");
  assert.equal(read(["192.0.2.1"], "198.51.100.7", "203.0.113.1"), "198.51.100.7");
});

test("of a trusted proxy's header the right-most untrusted entry counts: what stands left of it the client wrote itself", () => {
  assert.equal(read(["192.0.2.1"], "192.0.2.1", "1.1.1.1, 203.0.113.1"), "203.0.113.1");
  assert.equal(read(["192.0.2.1", "192.0.2.2"], "192.0.2.1", "1.1.1.1, 203.0.113.1, 192.0.2.2"), "203.0.113.1");
});

test("nonsense in the header leaves the peer's address", () => {
  for (const forwarded of ["", "nonsense", "203.0.113.1, nonsense", "203.0.113.1:99", "192.0.2.1"]) {
    assert.equal(read(["192.0.2.1"], "192.0.2.1", forwarded), "192.0.2.1", forwarded);
  }
});

test("IPv4 written inside IPv6 is the same address", () => {
  assert.equal(read([], "::ffff:198.51.100.7"), "198.51.100.7");
  assert.equal(read(["192.0.2.1"], "::ffff:192.0.2.1", "::ffff:203.0.113.1"), "203.0.113.1");
  assert.equal(read(["::ffff:192.0.2.1"], "192.0.2.1", "203.0.113.1"), "203.0.113.1");
});

test("all addresses of one IPv6 /64 share a bucket, however they are written", () => {
  const bucket = read([], "2001:db8:0:1::1");
  assert.equal(read([], "2001:db8:0:1:ffff:ffff:ffff:ffff"), bucket);
  assert.equal(read([], "2001:0DB8:0000:0001::abcd"), bucket);
  assert.notEqual(read([], "2001:db8:0:2::1"), bucket);
  assert.equal(read([], "fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(read([], "::1"), "0:0:0:0::/64");
  assert.equal(read(["::1"], "0:0:0:0:0:0:0:1", "203.0.113.1"), "203.0.113.1");
});
