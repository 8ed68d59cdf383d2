/** How what was opened is closed: in reverse. Whoever opens something adds its end right below. */
export class Disposals {
  readonly #left: (() => Promise<void> | void)[] = [];

  add(dispose: () => Promise<void> | void): void {
    this.#left.push(dispose);
  }

  /** Each once, also when it is called again, and whatever another throws. @throws what the first has thrown that did */
  async run(): Promise<void> {
    const problems: unknown[] = [];
    for (const dispose of this.#left.splice(0).reverse()) {
      try {
        await dispose();
      } catch (problem) {
        problems.push(problem);
      }
    }
    if (problems.length > 0) throw problems[0];
  }
}
