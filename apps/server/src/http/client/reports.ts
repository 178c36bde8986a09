import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = never;

export function reportsHandlers(_deps: HandlerDeps): Pick<Handlers, Names> {
  return {};
}
