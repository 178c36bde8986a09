import type { EndpointDeclaration, Who } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

export interface PolicyAction {
  readonly action: string;
  readonly who: Who;
}

/** Every policy action of the endpoints, once, in alphabetical order. @throws Error if two endpoints disagree on who may do it. */
export function policyActions(declarations: Readonly<Record<string, EndpointDeclaration>> = endpoints): readonly PolicyAction[] {
  const found = new Map<string, Who>();
  for (const [name, { policy }] of Object.entries(declarations)) {
    const earlier = found.get(policy.action);
    if (earlier !== undefined && earlier !== policy.who) throw new Error(`${name}: ${policy.action} is for "${earlier}" elsewhere`);
    found.set(policy.action, policy.who);
  }
  return [...found].map(([action, who]) => ({ action, who })).sort((a, b) => (a.action < b.action ? -1 : 1));
}
