import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchServer } from './bench-server.ts';
import { SERVER_CORE, startPinned } from './pinned-process.ts';

/** Starts one of the servers that Switchyard is compared with. It tells its port once it listens. */
export async function startReference(
  kind: 'plain-http' | 'bare-fastify',
  name: string,
  links: number,
): Promise<BenchServer> {
  const program = fileURLToPath(new URL(`${kind}.ts`, import.meta.url));
  const started = startPinned({ name, core: SERVER_CORE, args: [program, String(links)], env: {} });
  const [port] = (await Promise.race([once(started.child, 'message'), started.ended])) as [number];
  return { name, port, pid: started.pid, [Symbol.asyncDispose]: () => started.stop() };
}
