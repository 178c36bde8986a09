/** The log is not what was signed of it: nothing more is signed under its name. The message says what was found. */
export class LogBroken extends Error {
  override readonly name = "LogBroken";
}
