import { foldText, foldWords } from "#kernel";
import type { Person } from "./people-index.ts";

/** A search for people, prepared. */
export interface PersonQuery {
  readonly whole: string;
  readonly words: readonly string[];
  /** The part of the term that may be a localpart; undefined if it names another server. */
  readonly localpart: string | undefined;
}

export function parsePersonQuery(term: string, serverName: string): PersonQuery {
  const whole = foldText(term).trim();
  const id = whole.startsWith("@") ? whole.slice(1) : whole;
  const colon = id.indexOf(":");
  const isHere = colon < 0 || foldText(serverName).startsWith(id.slice(colon + 1));
  const localpart = colon < 0 ? id : id.slice(0, colon);
  return { whole, words: foldWords(term), localpart: isHere && localpart !== "" ? localpart : undefined };
}

/** How well a person fits, the best being 0; undefined if they do not. */
export function rankPerson({ localpart, name }: Person, query: PersonQuery): number | undefined {
  const { whole, words } = query;
  const id = query.localpart;
  if (localpart === id || name === whole) return 0;
  if ((id !== undefined && localpart.startsWith(id)) || name.startsWith(whole)) return 1;
  if (words.every((word) => beginsWord(name, word) || beginsWord(localpart, word))) return 2;
  if (words.every((word) => name.includes(word) || localpart.includes(word))) return 3;
  return id !== undefined && localpart.includes(id) ? 3 : undefined;
}

const LETTER = /[\p{L}\p{N}]/u;

function beginsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !LETTER.test(text.charAt(at - 1))) return true;
  }
  return false;
}
