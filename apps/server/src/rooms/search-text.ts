import { isJsonObject, type JsonObject, type JsonValue } from "@wardroom/matrix-core";

export type SearchKey = "content.body" | "content.name" | "content.topic";

/** Which key of which type is searched (Client-Server API, "Server Side Search"). */
export const searchedTypes: Readonly<Record<SearchKey, string>> = {
  "content.body": "m.room.message",
  "content.name": "m.room.name",
  "content.topic": "m.room.topic",
};

const MOST_WORDS = 20;

/** Case and width do not count: `ＳＨＩＰ` finds `ship`, `STRASSE` finds `Straße`. */
function fold(text: string): string {
  // Upper case first: that is where letters without a simple counterpart get theirs. A final sigma is a sigma.
  return text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

/** All of them must occur somewhere; not as whole words, for Chinese is written without spaces. */
export function wordsOf(term: string): readonly string[] {
  const words = fold(term).split(/\s+/u);
  return [...new Set(words.filter((word) => word !== ""))].slice(0, MOST_WORDS);
}

export function textsOf(type: string, content: JsonObject): readonly string[] {
  const own = (key: string): JsonValue | undefined => (Object.hasOwn(content, key) ? content[key] : undefined);
  const texts: (JsonValue | undefined)[] =
    type === searchedTypes["content.body"]
      ? [own("body")]
      : type === searchedTypes["content.name"]
        ? [own("name")]
        : [own("topic"), ...plainTexts(own("m.topic"))];
  return texts.filter((text) => typeof text === "string");
}

function plainTexts(topic: JsonValue | undefined): readonly (JsonValue | undefined)[] {
  const forms = isJsonObject(topic) ? topic["m.text"] : undefined;
  if (!Array.isArray(forms)) return [];
  const objects = forms.filter((form): form is JsonObject => isJsonObject(form));
  return objects.filter(({ mimetype }) => mimetype === undefined || mimetype === "text/plain").map(({ body }) => body);
}

/** How much of the text the words are: 0 where one of them is missing, at most about 1. */
export function rankOf(text: string, words: readonly string[]): number {
  const folded = fold(text);
  let covered = 0;
  for (const word of words) {
    const count = folded.split(word).length - 1;
    if (count === 0) return 0;
    covered += count * word.length;
  }
  return folded === "" ? 0 : covered / folded.length;
}
