import type { KeyObject } from "node:crypto";
import type { JsonObject, Pdu, RoomVersion, StateEvent, StateView, Verdict } from "./contract.ts";
import { isJsonObject, own, ownObject, ownString } from "./json-value.ts";
import { membershipOf } from "./membership.ts";
import { isSignatureOf, readPublicKey } from "./sign-event.ts";
import { allowIf, refuse } from "./verdict.ts";

/**
 * @NOTSPEC The rules try each signature with each key. An event of 64 KiB holds hundreds of either: a hundred thousand
 * Ed25519 checks for one request. Identity servers send one or two.
 */
const MAX_TRIED = 8;

/** `lasting`: only those that need not be asked for at a `key_validity_url`. */
const publicKeysOf = ({ content }: Pdu, lasting = false): readonly KeyObject[] => {
  const listed = own(content, "public_keys");
  const entries = [content, ...(Array.isArray(listed) ? listed : [])].filter(isJsonObject);
  const texts = entries
    .filter((entry) => !lasting || own(entry, "key_validity_url") === undefined)
    .map((entry) => own(entry, "public_key"));
  return texts
    .filter((text) => typeof text === "string")
    .slice(0, MAX_TRIED)
    .map(readPublicKey)
    .filter((key) => key !== undefined);
};

const signaturesOf = (signed: JsonObject): readonly string[] => {
  const ofServers = ownObject(signed, "signatures") ?? {};
  return Object.values(ofServers)
    .filter(isJsonObject)
    .flatMap((ofServer) => Object.entries(ofServer))
    .filter(([keyId]) => keyId.startsWith("ed25519:"))
    .map(([, signature]) => signature)
    .filter((signature) => typeof signature === "string")
    .slice(0, MAX_TRIED);
};

const isSignedByAny = (signed: JsonObject, keys: readonly KeyObject[]): boolean => {
  const signatures = signaturesOf(signed);
  return keys.some((key) => signatures.some((signature) => isSignatureOf(signed, signature, key)));
};

/** Whether a key signed this that is valid for good: one with a `key_validity_url` would have to be asked for there. */
export const isSignedByLastingKey = (signed: JsonObject, invite: StateEvent): boolean =>
  isSignedByAny(signed, publicKeysOf(invite.pdu, true));

/** The rules for an invite whose content has `third_party_invite`; they stand in place of those for ordinary invites. */
export const checkThirdPartyInvite = (pdu: Pdu, target: string, state: StateView, version: RoomVersion): Verdict => {
  const wrong = (what: string, message: string): Verdict => refuse(version, `member.third-party-invite.${what}`, message);
  if (membershipOf(target, state) === "ban") return wrong("target-banned", "The user is banned from this room");
  const claim = ownObject(pdu.content, "third_party_invite");
  const signed = claim === undefined ? undefined : ownObject(claim, "signed");
  if (signed === undefined) return wrong("unsigned", "The third-party invite is not signed");
  const token = ownString(signed, "token");
  const userId = ownString(signed, "mxid");
  if (token === undefined || userId === undefined) return wrong("incomplete", "The third-party invite names no user or no token");
  if (userId !== target) return wrong("other-user", "The third-party invite is for another user");
  const invite = state.get("m.room.third_party_invite", token);
  if (invite === undefined) return wrong("unknown-token", "The room has no such third-party invite");
  if (invite.pdu.sender !== pdu.sender) return wrong("other-sender", "The third-party invite is another member's");
  const valid = isSignedByAny(signed, publicKeysOf(invite.pdu));
  return allowIf(valid, version, "member.third-party-invite.signature", "No signature of the third-party invite is valid");
};
