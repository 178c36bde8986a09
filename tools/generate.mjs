// Writes the files that are made from declarations; `--check` only tells whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { auditEventsPage, configurationPage, coveragePage, endpointTable, exampleFile } from "@wardroom/server";

const files = {
  "docs/audit-events.md": auditEventsPage(),
  "docs/endpoints.md": endpointTable(),
  "docs/spec-coverage.md": coveragePage(),
  "docs/configuration.md": configurationPage(),
  "wardroom.example.yaml": exampleFile(),
};

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

let stale = false;
for (const [path, text] of Object.entries(files)) {
  if (read(path) === text) continue;
  stale = true;
  if (process.argv.includes("--check")) console.error(`${path} is out of date: npm run generate`);
  else writeFileSync(path, text);
}
process.exit(stale && process.argv.includes("--check") ? 1 : 0);
