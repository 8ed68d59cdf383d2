import { createHash } from 'node:crypto';
import { BASE62 } from '../db/public-id.ts';
import type { PreparedNewLink } from '../links/link-input.ts';
import type { CodeHolder } from '../links/link-service.ts';
import { conflictWith } from './code-conflict.ts';
import type { ImportScene } from './import-scene.ts';

/** As long as codes that are generated. */
const LENGTH = 8;

/**
 * The code of a link whose own is taken. It follows from what the link was to be, so that whoever imports the file once
 * more finds the link that was made before.
 *
 * @param holders who has codes by now, by domain and code, also those of links that will be made with this one
 */
export async function newCodeFor(
  { services, tx, projectId }: ImportScene,
  { input: { domainId, code = '', destination } }: PreparedNewLink,
  holders: ReadonlyMap<string, CodeHolder>,
): Promise<{ readonly code: string; readonly sameLink: CodeHolder | undefined }> {
  for (let step = 0; ; step++) {
    const next = codeOf([domainId, code, destination, step]);
    if (services.reserved.has(next)) continue;
    const known = holders.get(`${domainId}/${next}`);
    const holder = known ?? (await services.links.codeHolders(tx, domainId, [next])).get(next);
    if (!holder) return { code: next, sameLink: undefined };
    if (conflictWith(holder, projectId, destination) === 'same') return { code: next, sameLink: holder };
  }
}

function codeOf(wanted: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(wanted)).digest();
  return [...hash.subarray(0, LENGTH)].map((byte) => BASE62[byte % BASE62.length]).join('');
}
