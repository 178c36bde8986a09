/**
 * The names of a dot-separated property path (appendices, "Dot-separated property paths"). A backslash makes a dot or a backslash
 * part of a name; before anything else it stands for itself.
 */
export function splitPropertyPath(path: string): readonly string[] {
  const names = [""];
  for (const [part] of path.matchAll(/\\[.\\]|[^]/gu)) {
    if (part === ".") names.push("");
    else names.push((names.pop() ?? "") + (part.length === 2 && part.startsWith("\\") ? part.slice(1) : part));
  }
  return names;
}
