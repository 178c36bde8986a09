import { type EndpointDeclaration, endpoints } from "@wardroom/spec";
import { behaviours, partlyThere } from "./held.ts";
import { missingOperations } from "./missing.ts";
import { operationGroups } from "./operations.ts";

const declarations: Readonly<Record<string, EndpointDeclaration>> = endpoints;
const declared = new Set(
  Object.values(declarations).flatMap(({ method, path, aliases }) =>
    [path, ...(aliases ?? [])].map((template) => `${method} ${shape(template)}`),
  ),
);

/** Names of parameters are the specification's own matter. */
function shape(template: string): string {
  return template.replaceAll(/\{\w+\}/g, "{}");
}

export const isDeclared = (operation: string): boolean => declared.has(shape(operation));

/** `docs/spec-coverage.md`: every operation of the specification, and what clients rely on besides. */
export function coveragePage(): string {
  const groups = Object.entries(operationGroups).map(([title, operations]) => `## ${title}\n\n${tableOf(operations)}`);
  return `${head()}\n\n${groups.join("\n\n")}\n\n## Beyond single operations\n\n${behaviourTable()}\n\n${foot}\n`;
}

function head(): string {
  const all = Object.values(operationGroups).flat();
  const present = all.filter(isDeclared);
  const partly = present.filter((operation) => Object.hasOwn(partlyThere, operation));
  const counts = `${all.length} operations: ${present.length - partly.length} there, ${partly.length} partly, ${all.length - present.length} missing.`;
  return `# What is here of the Client-Server API

Made by \`npm run generate\`; do not edit. The specification is v1.19; the server lists v1.1 to v1.12, each held by tests
(\`apps/server/test/versions*.test.ts\`). Behind each *partly*, and each line of the last table, stands the test that holds it.
A *missing* operation answers \`M_UNRECOGNIZED\` with status 404, or 405 where its address has another method. There is one server
and no federation: whatever the specification says of other servers finds none.

${counts}`;
}

function tableOf(operations: readonly string[]): string {
  return `| Operation | State | What |\n|---|---|---|\n${operations.map(rowOf).join("\n")}`;
}

function rowOf(operation: string): string {
  const missing = missingOperations[operation];
  const partly = partlyThere[operation];
  if (missing !== undefined) return `| \`${operation}\` | missing | ${missing} |`;
  return partly === undefined ? `| \`${operation}\` | there | |` : `| \`${operation}\` | partly | ${partly.says} (“${partly.test}”) |`;
}

function behaviourTable(): string {
  const rows = Object.entries(behaviours).map(([name, { says, test }]) => `| ${name} | ${says} | ${test} |`);
  return `| What | How | Test |\n|---|---|---|\n${rows.join("\n")}`;
}

const foot = `## What is not listed

v1.13 and v1.18 want accounts that an administrator can suspend and lock, v1.15 wants sign-in by OAuth 2.0. v1.14, v1.16, v1.17 and
v1.19 have not been gone through change by change, although their operations are in the tables above. v1.12 describes what clients
see of a locked account; none can be locked here yet, so M_USER_LOCKED is never answered. Not in the specification and not here:
sliding sync, delayed events, dehydrated devices, and the filters \`related_by_senders\` and \`related_by_rel_types\`, which are taken
and have no effect: clients use them where a server has no list of threads.`;
