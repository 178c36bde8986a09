/**
 * Text as it is compared in searches: compatibility forms made one (full-width letters, ligatures), case taken away. By way of
 * upper case, so that `ß` meets `SS`; the final sigma is the one letter that this leaves in two forms.
 */
export function foldText(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
}

/** The words of a search, folded; none for a blank one. */
export function foldWords(term: string): readonly string[] {
  return foldText(term)
    .split(/\s+/u)
    .filter((word) => word !== "");
}
