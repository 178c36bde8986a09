import { isJsonObject, type JsonObject, type JsonValue, own } from "@wardroom/matrix-core";
import { foldText, foldWords } from "#kernel";

export type SearchKey = "content.body" | "content.name" | "content.topic";

/** Which key of which type is searched (Client-Server API, "Server Side Search"). */
export const searchedTypes: Readonly<Record<SearchKey, string>> = {
  "content.body": "m.room.message",
  "content.name": "m.room.name",
  "content.topic": "m.room.topic",
};

const MOST_WORDS = 20;

/** All of them must occur somewhere; not as whole words, for Chinese is written without spaces. */
export function wordsOf(term: string): readonly string[] {
  return [...new Set(foldWords(term))].slice(0, MOST_WORDS);
}

export function textsOf(type: string, content: JsonObject): readonly string[] {
  const texts: (JsonValue | undefined)[] =
    type === searchedTypes["content.body"]
      ? [own(content, "body")]
      : type === searchedTypes["content.name"]
        ? [own(content, "name")]
        : [own(content, "topic"), ...plainTexts(own(content, "m.topic"))];
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
  const folded = foldText(text);
  let covered = 0;
  for (const word of words) {
    const count = folded.split(word).length - 1;
    if (count === 0) return 0;
    covered += count * word.length;
  }
  return folded === "" ? 0 : covered / folded.length;
}
