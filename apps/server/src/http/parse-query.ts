import { MatrixError } from "#kernel";

const MAX_PARAMETERS = 64;

/** Query parameters by name; of a repeated one the first counts. No prototype, so that `__proto__` is a name like others. */
export type Query = Readonly<Record<string, string>>;

const NOTHING: Query = emptyQuery();

/** @throws MatrixError M_INVALID_PARAM for what cannot be decoded, and for more than 64 parameters. */
export function parseQuery(text: string): Query {
  if (text === "") return NOTHING;
  const pairs = text.split("&", MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) throw new MatrixError("M_INVALID_PARAM", `The query has more than ${MAX_PARAMETERS} parameters.`);
  const query = emptyQuery();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    if (name !== "" && !(name in query)) query[name] = equals === -1 ? "" : decode(pair.slice(equals + 1));
  }
  return query;
}

function emptyQuery(): Record<string, string> {
  // Proven: a fresh object without prototype holds no values, hence none of another type.
  return Object.create(null) as Record<string, string>;
}

function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new MatrixError("M_INVALID_PARAM", "The query holds a percent sign that is no escape of UTF-8 text.");
  }
}
