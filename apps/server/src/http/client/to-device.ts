import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = never;

export function toDeviceHandlers(_deps: HandlerDeps): Pick<Handlers, Names> {
  return {};
}
