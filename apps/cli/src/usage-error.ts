/** A call that cannot be carried out as written. The message is in the operator's language. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
