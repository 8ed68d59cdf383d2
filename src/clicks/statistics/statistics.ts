import type { Asker } from './fair-queue.ts';
import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';

/** Answers questions about clicks. Composed once (`StatisticsService`); pages and surfaces know only this. */
export interface Statistics {
  /**
   * @param asker whose questions take turns with those of others, and until when the answer is wanted; the project
   * when it is left out
   * @throws Failure `unavailable` when the store cannot be asked now or the server is stopping, `busy` when too many
   * questions are waiting, `abandoned` when the asker has left
   */
  ask(question: StatisticsQuestion, asker?: Asker): Promise<StatisticsAnswer>;
}
