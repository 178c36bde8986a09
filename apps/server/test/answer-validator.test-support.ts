// Every answer to a test is held against the specification, and every refusal against what its endpoint declares.
import assert from "node:assert/strict";
import { commonErrors, type EndpointDeclaration, endpoints } from "@wardroom/spec";
import { createSpecValidator } from "@wardroom/testkit";

type SpecValidator = ReturnType<typeof createSpecValidator>;

const routes = Object.entries<EndpointDeclaration>(endpoints).flatMap(([name, { method, path, aliases, errors }]) =>
  [path, ...(aliases ?? [])].map((template) => ({ name, method, pattern: patternOf(template), errors })),
);

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/[.?+*()]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

export function createAnswerValidator(): SpecValidator {
  const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);
  return {
    ...validator,
    check(answer) {
      validator.check(answer);
      checkCode(answer);
    },
  };
}

/** Without it docs/endpoints.md would soon miss codes that are answered. @throws AssertionError */
export function checkCode({ method, path, status, body }: Parameters<SpecValidator["check"]>[0]): void {
  const code = status >= 400 && typeof body === "object" && body !== null && "errcode" in body ? body.errcode : undefined;
  const found = routes.filter((route) => route.method === method && route.pattern.test(path));
  // A challenge of user-interactive authentication has no code until a stage failed.
  if (typeof code !== "string" || found.length === 0 || (code === "M_UNKNOWN" && status >= 500)) return;
  const declared: readonly string[] = [...commonErrors, ...found.flatMap(({ errors }) => errors)];
  assert.ok(declared.includes(code), `${found.map(({ name }) => name).join(", ")} answers ${code} but does not declare it (${path})`);
}
