import { parentPort, workerData } from 'node:worker_threads';
import { openBatchWriter } from '../../db/open.ts';
import { Failure } from '../../errors.ts';
import { COMMANDS, type Command } from '../commands.ts';
import type { CarriedError, DeliveryAnswer, DeliveryRequest, DeliveryThreadData } from './thread-messages.ts';

/** The thread that sends: waiting for receivers, signing and encrypting never touch the thread that answers visits. */

const { location } = workerData as DeliveryThreadData;
const port = parentPort;
if (!port) throw new Error('delivery-worker runs as a thread');

const send = (answer: DeliveryAnswer) => port.postMessage(answer);
const writer = openBatchWriter(location);

async function run({ id, name, input }: Extract<DeliveryRequest, { kind: 'run' }>): Promise<void> {
  try {
    const command = (COMMANDS as Readonly<Record<string, Command<unknown, unknown>>>)[name];
    if (!command) throw new Error(`there is no command ${name}`);
    send({ kind: 'done', id, output: await command(writer, input, Date.now()) });
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
      await run(request);
      break;
    case 'settings-changed':
      break;
    case 'stop':
      await writer.close().catch(() => {});
      port.close();
  }
});
