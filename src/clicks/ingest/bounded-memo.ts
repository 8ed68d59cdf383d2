/**
 * Remembers what a pure function made of a text. It forgets everything when full: cheaper than a queue of ages, and
 * what is seen often is back at once.
 */
export function memo<T>(size: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const made = make(text);
    if (known.size >= size) known.clear();
    known.set(text, made);
    return made;
  };
}
