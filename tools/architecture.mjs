// The one table of who may import whom (docs/ARCHITECTURE.md), and its check.
// dependency-cruiser reads and resolves the imports, type-only ones included; everything not allowed is an error.
import { globSync } from "node:fs";
import { cruise } from "dependency-cruiser";

/** Server folders by rung. A folder may use the doors of all lower rungs and of none beside it. */
const ladder = [
  ["kernel"],
  ["storage", "config"],
  ["policy", "audit", "keys"],
  ["identity", "account-data"],
  ["rooms", "e2ee", "media", "presence"],
  ["sync", "push", "directory"],
  ["http"],
  ["root"],
];

/** Exceptions to "none beside it". */
const beside = { audit: ["keys"], "account-data": ["identity"] };

/** Workspaces and the workspaces they may import. */
const workspaces = {
  "packages/matrix-core": [],
  "packages/crypto": [],
  "packages/merkle-log": [],
  "packages/spec": ["packages/matrix-core"],
  "packages/testkit": [],
  "apps/server": ["packages/spec", "packages/matrix-core", "packages/crypto", "packages/merkle-log"],
  "apps/cli": ["apps/server"],
  bench: ["apps/server"],
};

/** Files that do nothing but list others; the bound on imports is not for them. */
const lists = new Set([
  "packages/spec/src/endpoints.ts",
  "apps/server/src/http/client/create-handlers.ts",
  "apps/server/src/compose.ts",
  "apps/server/src/rooms/index.ts",
  "apps/server/src/rooms/create-context.ts",
]);

/** Tests may also use these. */
const forTests = new Set(["packages/testkit"]);

const rungOf = new Map(ladder.flatMap((folders, rung) => folders.map((folder) => [folder, rung])));

const workspaceOf = (file) => Object.keys(workspaces).find((name) => file.startsWith(`${name}/`));
const isTest = (file) => /\.test(-support)?\.ts$/.test(file) || file.startsWith("apps/server/test/");

function folderOf(file) {
  const match = /^apps\/server\/src\/(?:([^/]+)\/)?[^/]+/.exec(file);
  return match === null ? undefined : (match[1] ?? "root");
}

function judgeServer(from, to, dependency) {
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === undefined || target === undefined || source === target) return undefined;
  if (!dependency.startsWith("#")) return "crosses a module border by a relative path; import the door (#module)";
  if (isTest(from)) return undefined;
  const [high, low] = [rungOf.get(source), rungOf.get(target)];
  if (high === undefined || low === undefined)
    return `folder ${high === undefined ? source : target} has no rung in tools/architecture.mjs`;
  if (low < high || (beside[source] ?? []).includes(target)) return undefined;
  return `${source} may not import ${target}: imports go down the ladder`;
}

function judge(from, to, dependency) {
  const [source, target] = [workspaceOf(from), workspaceOf(to)];
  if (source === undefined || target === undefined) return undefined;
  if (source === target) return source === "apps/server" ? judgeServer(from, to, dependency) : undefined;
  if (!dependency.startsWith("@wardroom/")) return "crosses a workspace by path; import the package";
  if (workspaces[source].includes(target) || (isTest(from) && forTests.has(target))) return undefined;
  return `${source} may not import ${target}`;
}

const files = globSync(["apps/*/src/**/*.ts", "apps/*/test/**/*.ts", "packages/*/src/**/*.ts", "bench/**/*.ts"]).map((file) =>
  file.replaceAll("\\", "/"),
);
const { output } = await cruise(
  files,
  {
    parser: "swc",
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^node_modules" },
    ruleSet: { forbidden: [{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } }] },
    validate: true,
  },
  { conditionNames: ["import", "node", "default"], exportsFields: ["exports"], extensions: [".ts", ".mjs", ".js"] },
);

const problems = output.summary.violations
  .filter(({ rule }) => rule.name === "no-cycles")
  .map(({ from, cycle }) => `${from}: import cycle: ${(cycle ?? []).map(({ name }) => name).join(" -> ")}`);
const seen = new Set();
for (const { source, dependencies } of output.modules) {
  if (!files.includes(source)) continue;
  seen.add(source);
  if (dependencies.length > 20 && !isTest(source) && !lists.has(source))
    problems.push(`${source}: ${dependencies.length} imports; at most 20`);
  for (const { module, resolved, couldNotResolve } of dependencies) {
    if (couldNotResolve && /^[#.@]/.test(module) && !/^@(?!wardroom)/.test(module)) problems.push(`${source}: cannot resolve ${module}`);
    const fault = judge(source, resolved, module);
    if (fault !== undefined) problems.push(`${source} -> ${resolved}: ${fault}`);
  }
}
for (const file of files) if (!seen.has(file)) problems.push(`${file}: exists but was not seen by the check`);

if (problems.length > 0) {
  console.error([...new Set(problems)].sort((one, other) => (one < other ? -1 : 1)).join("\n"));
  process.exit(1);
}
console.log(`architecture: ${seen.size} modules, no forbidden import, no cycle`);
