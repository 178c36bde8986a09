/** What a client submitted as `auth`, read with own keys only so that `constructor` is no stage. */
export interface SubmittedAuth {
  readonly type: string | undefined;
  readonly session: string | undefined;
  /** Of `m.login.password`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);
const text = (fields: Fields, name: string): string | undefined => {
  const value = own(fields, name);
  return typeof value === "string" ? value : undefined;
};

/** Undefined when the request carries no auth: also for `null`, which clients send on their first try. */
export function readAuth(body: Fields): SubmittedAuth | undefined {
  const auth = own(body, "auth");
  if (!isFields(auth)) return undefined;
  return { type: text(auth, "type"), session: text(auth, "session"), user: readUser(auth), password: text(auth, "password") };
}

/** `identifier` of type `m.id.user`; or the older `user` beside it, which some clients still send alone. */
function readUser(auth: Fields): string | undefined {
  const identifier = own(auth, "identifier");
  if (identifier === undefined) return text(auth, "user");
  return isFields(identifier) && text(identifier, "type") === "m.id.user" ? text(identifier, "user") : undefined;
}
