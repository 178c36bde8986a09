import { type Option, options } from "./options.ts";

const shown = (option: Option): string => {
  if (option.default === undefined) return "unset";
  return typeof option.default === "string" ? `\`${option.default}\`` : "none";
};

/** The reference page, generated. */
export function configurationPage(): string {
  const parts = options.map((option: Option) => {
    const choices = option.choices === undefined ? "" : ` One of ${option.choices.map((item) => `\`${item}\``).join(", ")}.`;
    return `## \`${option.key}\`\n\n${option.doc}${choices}\n\nDefault: ${shown(option)}. Variable: \`${option.env}\`.\n`;
  });
  return `# Configuration\n\nGenerated from \`apps/server/src/config/options.ts\` by \`npm run generate\`.\nA flag wins over a variable, a variable over the file given with \`--config\`.\n\n${parts.join("\n")}`;
}

/** The example file, every option commented out at its default. */
export function exampleFile(): string {
  const lines = ["# Generated from apps/server/src/config/options.ts by `npm run generate`.", ""];
  let section = "";
  for (const option of options as readonly Option[]) {
    const [head = "", leaf] = option.key.split(".");
    if (leaf !== undefined && head !== section) lines.push(`# ${head}:`);
    section = leaf === undefined ? "" : head;
    const value = option.kind === "list" ? "[]" : (option.default ?? "…");
    const indent = leaf === undefined ? "" : "  ";
    lines.push(...wrap(option.doc).map((line) => `# ${indent}# ${line}`), `# ${indent}${leaf ?? head}: ${String(value)}`, "");
  }
  return lines.join("\n");
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 95) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
