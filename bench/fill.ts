import { codeAt, destinationOf } from './link-set.ts';
import type { SwitchyardServer } from './servers/switchyard-server.ts';

const LINKS_PER_CALL = 1_000;
const CALLS_AT_ONCE = 2;

/** Creates links 0 to `links` through the product's own bulk call. @returns how long it took, in milliseconds */
export async function fill(
  server: SwitchyardServer,
  links: number,
  say: (message: string) => void,
  groupId?: string,
): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  let saidAt = startedAt;
  const work = async () => {
    while (next < links) {
      const from = next;
      next = Math.min(links, from + LINKS_PER_CALL);
      const codes = Array.from({ length: next - from }, (_, index) => codeAt(from + index));
      await server.api('POST', '/links/bulk', {
        links: codes.map((code) => ({
          code,
          destination: destinationOf(code),
          ...(groupId ? { groupId } : {}),
        })),
      });
      if (performance.now() - saidAt < 15_000) continue;
      saidAt = performance.now();
      say(`${next.toLocaleString('en-US')} of ${links.toLocaleString('en-US')} links created`);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return performance.now() - startedAt;
}
