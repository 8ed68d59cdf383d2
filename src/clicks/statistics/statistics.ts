import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';

/** Answers questions about clicks. Composed once (`StatisticsService`); pages and surfaces know only this. */
export interface Statistics {
  /** @throws Failure `unavailable` when the store cannot be asked now */
  ask(question: StatisticsQuestion): Promise<StatisticsAnswer>;
}
