/** A configuration that the server refuses to start with. The message names the place and the mend. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
