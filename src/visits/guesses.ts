/** Limits how often passwords are guessed at; over all processes that serve the same links. */
export interface Guesses {
  /**
   * Makes a guess, if one may be made. Rejects when guesses cannot be counted now: then none may be made.
   *
   * @param owner whose password is guessed at, such as `group:12`
   * @param address the guesser's
   * @param isRight looks at the password; not called when the guess is refused
   */
  guess(owner: string, address: string, isRight: () => Promise<boolean>): Promise<GuessOutcome>;
}

export type GuessOutcome =
  | { readonly outcome: 'right' | 'wrong' }
  | { readonly outcome: 'refused'; readonly retryAt: number }
  /** Too many passwords are being looked at already. */
  | { readonly outcome: 'busy' };
