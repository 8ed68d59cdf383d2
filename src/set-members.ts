/*
 * What of an object is set, by two rules that must not be taken for one another: in one null says something, in the
 * other it does not.
 */

/** Without what was not said. Null stays: it says that there is to be nothing. */
export function withoutUndefined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return entriesWhere(object, (value) => value !== undefined) as ReturnType<typeof withoutUndefined<T>>;
}

/** Without what was not said, and what is to be nothing. */
export function withoutNulls<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return entriesWhere(object, (value) => value !== undefined && value !== null) as ReturnType<
    typeof withoutNulls<T>
  >;
}

function entriesWhere(object: object, isSet: (value: unknown) => boolean): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => isSet(value)));
}
