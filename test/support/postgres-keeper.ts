import { once } from 'node:events';
import { PostgresCluster } from './postgres-cluster.ts';

/**
 * A process that keeps a PostgreSQL server for as long as its standard input is open, and prints the server's URL.
 * However the test run ends, a `kill -9` included, the operating system closes that pipe, and nothing is left
 * running.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.stdin.destroy());
}
const closed = once(process.stdin.resume(), 'close');
const cluster = await PostgresCluster.start();
process.stdout.on('error', () => {});
process.stdout.write(`${cluster.url}\n`);
await closed;
await cluster.stop();
