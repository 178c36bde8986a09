type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The members that have a value: what is optional is left out, not given as undefined. */
export function withoutUndefined<T extends object>(value: T): Given<T> {
  // Proven: only members that are undefined were taken out.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Given<T>;
}
