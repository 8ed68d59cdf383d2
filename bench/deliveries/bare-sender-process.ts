import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { bodyOf } from './outbox-load.ts';

/**
 * The reference: the least that Node's own HTTP client can do to post the same bodies to the same receivers, with as
 * many connections. It keeps nothing, signs nothing and resolves nothing.
 *
 * `node bare-sender-process.ts`; a plan comes in, a message goes out when everything was answered with success.
 */

export interface BareSenderPlan {
  readonly ports: readonly number[];
  readonly deliveries: number;
  readonly atOnce: number;
  readonly perReceiver: number;
}

async function send({ ports, deliveries, atOnce, perReceiver }: BareSenderPlan): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: perReceiver });
  let next = 0;
  const work = async () => {
    while (next < deliveries) {
      const index = next++;
      await post(agent, ports[index % ports.length] as number, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
}

function post(agent: Agent, port: number, index: number): Promise<void> {
  const id = randomBytes(16).toString('hex');
  const body = bodyOf(id, index, { id: port, project_id: 1, group_id: port });
  return new Promise((resolve, reject) => {
    const going = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/hooks',
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'webhook-id': id,
        },
      },
      (response) => {
        response.resume();
        response.once('error', reject);
        response.once('end', () =>
          response.statusCode === 204
            ? resolve()
            : reject(new Error(`A receiver answered ${response.statusCode}`)),
        );
      },
    );
    going.once('error', reject);
    going.end(body);
  });
}

process.on('message', async (plan: BareSenderPlan) => {
  try {
    await send(plan);
    process.send?.('done');
  } catch (error) {
    process.send?.(error instanceof Error ? error.message : String(error));
  }
});
process.on('disconnect', () => process.exit());
