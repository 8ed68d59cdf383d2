import { createServer } from 'node:net';

/** Below those that systems give to whoever names none: until a server listens there, no connection takes it. */
const FIRST_PORT = 12_000;
const PORTS = 18_000;

/** A port of this machine at which nobody listens now, for a server that is yet to start. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
