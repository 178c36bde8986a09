// Every answer to a test is held against the specification, and every refusal against what its endpoint declares.
import assert from "node:assert/strict";
import { commonErrors, type EndpointDeclaration, endpoints, isFile } from "@wardroom/spec";
import { createSpecValidator } from "@wardroom/testkit";
import * as v from "valibot";

type SpecValidator = ReturnType<typeof createSpecValidator>;
type ObservedAnswer = Parameters<SpecValidator["check"]>[0];

const routes = Object.entries<EndpointDeclaration>(endpoints).flatMap(([name, { method, path, aliases, errors, response }]) =>
  [path, ...(aliases ?? [])].map((template) => ({ name, method, pattern: patternOf(template), errors, response })),
);

function patternOf(template: string): RegExp {
  const escaped = template.replaceAll(/\{\+\w+\}/g, "{rest}").replaceAll(/[.?+*()]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replace("{rest}", ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

const routesOf = ({ method, path }: ObservedAnswer) => routes.filter((route) => route.method === method && route.pattern.test(path));

export function createAnswerValidator(): SpecValidator {
  const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);
  return {
    ...validator,
    check(answer) {
      validator.check(answer);
      checkCode(answer);
      checkOwn(answer);
    },
  };
}

/** Without it docs/endpoints.md would soon miss codes that are answered. @throws AssertionError */
export function checkCode(answer: ObservedAnswer): void {
  const { path, status, body } = answer;
  const code = status >= 400 && typeof body === "object" && body !== null && "errcode" in body ? body.errcode : undefined;
  const found = routesOf(answer);
  // A challenge of user-interactive authentication has no code until a stage failed.
  if (typeof code !== "string" || found.length === 0 || (code === "M_UNKNOWN" && status >= 500)) return;
  const declared: readonly string[] = [...commonErrors, ...found.flatMap(({ errors }) => errors)];
  assert.ok(declared.includes(code), `${found.map(({ name }) => name).join(", ")} answers ${code} but does not declare it (${path})`);
}

/** What is no part of Matrix is described by its declaration alone. @throws AssertionError */
export function checkOwn(answer: ObservedAnswer): void {
  const { path, status, body } = answer;
  if (!path.startsWith("/_wardroom/") || status >= 400) return;
  const [route] = routesOf(answer);
  assert.ok(route, `${path} answers ${status} and is not declared`);
  const { response } = route;
  if (isFile(response) || "raw" in response) return;
  const result = v.safeParse(response, body);
  assert.ok(result.success, `${route.name}: ${result.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join("; ")}`);
}
