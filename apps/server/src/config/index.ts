export { ConfigError } from "./config-error.ts";
export { configurationPage, exampleFile } from "./describe-options.ts";
export type { OptionKey } from "./options.ts";
export { type Config, type ConfigInput, isLoopback, readConfig } from "./read-config.ts";
