import type { Command } from 'commander';
import { listDeliveries, replayDelivery, replayFailed } from './deliveries.ts';
import { changeWebhook, listWebhooks, rotateSecret, showWebhook, testWebhook } from './webhooks.ts';

/** `switchyard webhooks …`. @param ended is told the exit code of those that have one to tell */
export function addWebhookCommands(program: Command, ended: (code: number) => void): void {
  const webhooks = program
    .command('webhooks')
    .description('receivers of webhooks and what was sent to them, while the server is running');
  const of = (name: string, description: string) =>
    webhooks.command(name).description(description).argument('<id>', 'id of the endpoint, as listed');

  webhooks
    .command('list')
    .description('list the endpoints: whose they are, where they listen, whether they are called')
    .action(listWebhooks);
  of('show', 'say how an endpoint does').action(async (id: string) => showWebhook(id));
  of('rotate-secret', 'give an endpoint a new secret and print it, once')
    .option(
      '--overlap-hours <n>',
      'so long the secret of now signs too, 0 to 168; 0 ends all older ones',
      '24',
    )
    .action(async (id: string, { overlapHours }: { overlapHours: string }) => rotateSecret(id, overlapHours));
  of('test', 'send an endpoint an event that has not happened, and say what it answers').action(
    async (id: string) => ended(await testWebhook(id)),
  );
  of('pause', 'let everything that is due to an endpoint wait').action(async (id: string) =>
    changeWebhook(id, { paused: true }),
  );
  of('resume', 'go on with a paused endpoint').action(async (id: string) =>
    changeWebhook(id, { paused: false }),
  );
  of('enable', 'call an endpoint again that Switchyard has disabled').action(async (id: string) =>
    changeWebhook(id, { disabled: false }),
  );

  webhooks
    .command('deliveries')
    .description('list the last fifty deliveries, also by mail and push when no endpoint is named')
    .argument('[id]', 'id of an endpoint, as listed')
    .option('--failed', 'only those that were given up')
    .option('--json', 'say it for programs')
    .action(async (id: string | undefined, options: { failed?: boolean; json?: boolean }) =>
      listDeliveries(id, options),
    );
  webhooks
    .command('replay')
    .description('send a delivery again, under the same event id, or now if it waits for its next try')
    .argument('<event-id>', 'as listed among the deliveries')
    .action(async (eventId: string) => replayDelivery(eventId));
  of('replay-failed', 'send an endpoint again what it has not taken, and now what waits for its next try')
    .requiredOption('--since <instant>', 'what has failed at or after it, such as 2027-01-01T00:00:00Z')
    .action(async (id: string, { since }: { since: string }) => replayFailed(id, since));
}
