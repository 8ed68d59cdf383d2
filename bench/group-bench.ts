import { count, millis } from './figures.ts';
import { codeAt, destinationOf } from './link-set.ts';
import { requestTails } from './load/browser-headers.ts';
import { type Answer, KeepAliveConnection } from './load/keep-alive-connection.ts';
import type { ManyLinks } from './many-links.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { median } from './statistics.ts';

const CALLS = 40;

interface Timed {
  readonly callsUs: readonly number[];
  readonly visitsUs: readonly number[];
}

/** What it takes to pause a whole group and to let it go again, and whether the very next visit obeys. */
export async function groupBench({ program, say }: BenchOptions, many: ManyLinks): Promise<string> {
  const { dataDir, groupId } = await many.made();
  await using server = await SwitchyardServer.start({
    name: 'Switchyard',
    dataDir,
    core: undefined,
    program,
  });
  say('pausing and resuming');
  const { id: smallGroupId } = await server.api<{ id: string }>('POST', '/groups', { name: 'one of them' });
  const lone = { code: 'the-only-one', destination: destinationOf('the-only-one'), groupId: smallGroupId };
  await server.api('POST', '/links', lone);

  const ofOne = await pauseAndResume(server, smallGroupId, () => lone.code);
  const ofMany = await pauseAndResume(server, groupId, () => codeAt(Math.floor(Math.random() * many.links)));
  return [
    `## Changing a group: ${CALLS} calls that pause it and resume it in turn, each followed by one visit to a random link of it`,
    markdownTable(
      [
        'links in the group',
        'call, median ms',
        'slowest ms',
        'first visit after it, median ms',
        'slowest ms',
      ],
      [row(1, ofOne), row(many.links, ofMany)],
    ),
    `Each of the ${count(2 * CALLS)} visits did what the call before it said.`,
  ].join('\n\n');
}

/** The time is from the request to the whole answer; the visit is sent as soon as the call has been answered. */
async function pauseAndResume(
  server: SwitchyardServer,
  groupId: string,
  codeOf: () => string,
): Promise<Timed> {
  const callsUs: number[] = [];
  const visitsUs: number[] = [];
  const [tail = ''] = requestTails(`127.0.0.1:${server.port}`);
  const broken = Promise.withResolvers<never>();
  const connections = [0, 1].map(() => new KeepAliveConnection(server.port, broken.reject));
  const [management, visitor] = connections as [KeepAliveConnection, KeepAliveConnection];
  try {
    for (let call = 0; call < CALLS; call++) {
      const paused = call % 2 === 0;
      const change = await timed(
        management,
        server.request('PATCH', `/groups/${groupId}`, { settings: { paused } }),
        broken.promise,
      );
      if (change.status !== 200) throw new Error(`PATCH answered ${change.status}`);
      callsUs.push(change.tookUs);
      const code = codeOf();
      const visit = await timed(visitor, `GET /${code}${tail}`, broken.promise);
      if (visit.status !== (paused ? 404 : 302) || (!paused && visit.location !== destinationOf(code)))
        throw new Error(
          `/${code} answered ${visit.status} although its group was ${paused ? '' : 'not '}paused`,
        );
      visitsUs.push(visit.tookUs);
    }
  } finally {
    for (const connection of connections) connection.close();
  }
  return { callsUs, visitsUs };
}

async function timed(connection: KeepAliveConnection, request: string, broken: Promise<never>) {
  const startedAt = performance.now();
  const answer = await Promise.race([
    new Promise<Answer>((resolve) => connection.ask(request, resolve)),
    broken,
  ]);
  return { ...answer, tookUs: (performance.now() - startedAt) * 1_000 };
}

function row(links: number, { callsUs, visitsUs }: Timed): string[] {
  return [
    count(links),
    millis(median(callsUs)),
    millis(Math.max(...callsUs)),
    millis(median(visitsUs)),
    millis(Math.max(...visitsUs)),
  ];
}
