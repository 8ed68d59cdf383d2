import type { BatchWriter } from '../db/batch-writer.ts';
import { replayDeliveries } from './delivery/replay.ts';
import { cancelMessage } from './push/messages/cancel-message.ts';
import { createMessage } from './push/messages/create-message.ts';
import { recordReceipts } from './push/messages/record-receipts.ts';
import { subscribePerson } from './push/people/subscribe-person.ts';
import { tryPerson } from './push/people/try-person.ts';
import { unsubscribePerson } from './push/people/unsubscribe-person.ts';
import { changeSubscription } from './push/subscribers/change-subscription.ts';
import { removeSubscriber } from './push/subscribers/remove-subscriber.ts';
import { subscribeVisitor } from './push/subscribers/subscribe-visitor.ts';
import { enqueueTest } from './webhooks/enqueue-test.ts';

/**
 * What is done to the outbox and the subscriptions on behalf of a caller. They run in the delivery thread, which owns
 * those tables: `Reactions.run` carries input, output and Failures across. Each lives in a file of its own.
 *
 * @param now milliseconds
 */
export type Command<Input, Output> = (writer: BatchWriter, input: Input, now: number) => Promise<Output>;

export const COMMANDS = {
  enqueueTest,
  replayDeliveries,
  subscribePerson,
  unsubscribePerson,
  tryPerson,
  subscribeVisitor,
  changeSubscription,
  removeSubscriber,
  createMessage,
  cancelMessage,
  recordReceipts,
} as const satisfies Record<string, Command<never, unknown>>;

export type Commands = typeof COMMANDS;
export type CommandName = keyof Commands;
