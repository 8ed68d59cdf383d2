import type { BatchWriter } from '../db/batch-writer.ts';

/**
 * What is done to the outbox and the subscriptions on behalf of a caller. They run in the delivery thread, which owns
 * those tables: `Reactions.run` carries input, output and Failures across. Each lives in a file of its own.
 *
 * @param now milliseconds
 */
export type Command<Input, Output> = (writer: BatchWriter, input: Input, now: number) => Promise<Output>;

export const COMMANDS = {} as const satisfies Record<string, Command<never, unknown>>;

export type Commands = typeof COMMANDS;
export type CommandName = keyof Commands;
