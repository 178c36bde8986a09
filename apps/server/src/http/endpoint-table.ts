import { commonErrors, type EndpointDeclaration, endpoints, isNone } from "@wardroom/spec";

const SPEC = "https://spec.matrix.org/v1.19/client-server-api/#";

/** `docs/endpoints.md`: every endpoint with what it states about itself. */
export function endpointTable(): string {
  const declarations: Readonly<Record<string, EndpointDeclaration>> = endpoints;
  const lines = Object.entries(declarations)
    .flatMap(([name, declaration]) => [declaration.path, ...(declaration.aliases ?? [])].map((path) => ({ name, declaration, path })))
    .sort((a, b) => compare(a.path, b.path) || compare(a.declaration.method, b.declaration.method));
  const rows = (own: boolean) =>
    lines
      .filter(({ path }) => path.startsWith(OWN) === own)
      .map(({ name, declaration, path }) => row(name, declaration, path))
      .join("\n");
  return `${head}\n${columns}\n${rows(false)}\n\n${administration}\n\n${columns}\n${rows(true)}\n`;
}

/** What is no part of Matrix. */
const OWN = "/_wardroom/";

const head = `# Endpoints

Made from the declarations in \`packages/spec/src\` by \`npm run generate\`; do not edit. *None* is a statement, with its
reason. Every endpoint also has the limit of its caller's address, and answers OPTIONS before everything else. Each may answer
${commonErrors.join(", ")}, and M_UNKNOWN with status 500 or 503 for a fault of the server.

## Matrix
`;

const administration = `## Administration

These are the server's own, for administrators. Their manners are those of Matrix: the token, the form of errors, names in snake_case.
\`{+path}\` is all that is left of the path, of several segments.`;

const columns = `| Endpoint | Name | Module | Authentication | Policy action (who) | Audit event | Limit | Error codes |
|---|---|---|---|---|---|---|---|`;

function row(name: string, declaration: EndpointDeclaration, path: string): string {
  const { method, spec, module, auth, policy, audit, limit, errors } = declaration;
  const link = spec.startsWith("https:") || spec.includes(".md#") ? spec : `${SPEC}${spec}`;
  const cells = [
    `[${method} \`${path}\`](${link})`,
    name,
    module,
    stated(auth),
    `\`${policy.action}\` (${policy.who})`,
    stated(audit),
    stated(limit),
    errors.join(", "),
  ];
  return `| ${cells.join(" | ")} |`;
}

const stated = (value: string | { readonly none: string }): string => (isNone(value) ? `none: ${value.none}` : value);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
