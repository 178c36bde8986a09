/** OCSF class and activity of a code. Replaced by the catalogue. */
export function eventClassOf(_code: string): { readonly class: number; readonly activity: number } {
  return { class: 6003, activity: 1 };
}
/** The codes that a pattern stands for: itself, or with a star at its end all that begin so. */
export function codesMatching(pattern: string): readonly string[] {
  return [pattern];
}
