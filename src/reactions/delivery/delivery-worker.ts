import { parentPort, workerData } from 'node:worker_threads';
import { openBatchWriter } from '../../db/open.ts';
import { Failure } from '../../errors.ts';
import { yieldToVisitors } from '../../observability/thread-priority.ts';
import { COMMANDS, type Command } from '../commands.ts';
import { Fanout } from '../push/messages/fanout.ts';
import { FanoutLoop } from '../push/messages/fanout-loop.ts';
import { composeChannels } from './composed-channels.ts';
import { DeliveryEngine } from './delivery-engine.ts';
import type { CarriedError, DeliveryAnswer, DeliveryRequest, DeliveryThreadData } from './thread-messages.ts';

/** The thread that sends: waiting for receivers, signing and encrypting never touch the thread that answers visits. */

const data = workerData as DeliveryThreadData;
const port = parentPort;
if (!port) throw new Error('delivery-worker runs as a thread');

/** Idle connections, and attempts that nobody waits for any more, must not keep the process. */
const LINGER_MS = 500;

yieldToVisitors();

const send = (answer: DeliveryAnswer) => port.postMessage(answer);
const report = (event: string, details: Record<string, unknown>) => send({ kind: 'report', event, details });

const writer = openBatchWriter(data.location);
const engine = new DeliveryEngine({
  writer,
  channels: composeChannels(data),
  logDays: data.logDays,
  alone: data.servesAlone,
  onEffect: (effect) => send({ kind: 'effect', effect }),
  report,
});
engine.start();
const fanout = new FanoutLoop(new Fanout(writer), (error) =>
  report('deliveries.messages-wait', { error: String(error) }),
);

async function run({ name, input }: Extract<DeliveryRequest, { kind: 'run' }>): Promise<unknown> {
  const command = (COMMANDS as Readonly<Record<string, Command<unknown, unknown>>>)[name];
  if (!command) throw new Error(`there is no command ${name}`);
  try {
    return await command(writer, input, Date.now());
  } finally {
    fanout.wake();
    engine.wake();
  }
}

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    send({ kind: 'done', id, output: await work() });
  } catch (error) {
    send({ kind: 'failed', id, error: carried(error) });
  }
}

function carried(error: unknown): CarriedError {
  const { message, code } = error as { message?: string; code?: string };
  return {
    message: message ?? String(error),
    code: code === undefined ? undefined : String(code),
    failure: error instanceof Failure ? { code: error.code, fields: error.fields } : undefined,
  };
}

port.on('message', async (request: DeliveryRequest) => {
  switch (request.kind) {
    case 'run':
      await answer(request.id, () => run(request));
      break;
    case 'state':
      await answer(request.id, () => engine.state());
      break;
    case 'settings-changed':
      engine.settingsChanged();
      break;
    case 'stop':
      await fanout.stop();
      await engine.stop();
      await writer.close().catch(() => {});
      port.close();
      setTimeout(() => process.exit(), LINGER_MS).unref();
  }
});
