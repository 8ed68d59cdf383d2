/** How what was opened is closed: in reverse. Whoever opens something adds its end right below. */
export class Disposals {
  readonly #left: (() => Promise<void> | void)[] = [];

  add(dispose: () => Promise<void> | void): void {
    this.#left.push(dispose);
  }

  /** Each once, also when it is called again. Throws what the first throws that does; the rest stays open then. */
  async run(): Promise<void> {
    for (const dispose of this.#left.splice(0).reverse()) await dispose();
  }
}
