/** What the command itself refuses. The message is in the operator's language. */
export class Refused extends Error {
  override readonly name = "Refused";
}
