import type { BatchReader } from '../../db/batch-writer.ts';
import type { EventLink } from './webhook-payload.ts';

const LINK = {
  select:
    'link.public_id, link.title, domain.host, domain.path_prefix, link_code.code, link_route.destination',
  from: `link join domain on domain.id = link.domain_id
    left join link_code on link_code.link_id = link.id and link_code.is_primary = 1
    left join link_route on link_route.link_id = link.id and link_route.position = 0`,
  where: 'link.id = asked.id',
};

interface LinkRow {
  readonly public_id: string;
  readonly title: string;
  readonly host: string;
  readonly path_prefix: string;
  readonly code: string | null;
  readonly destination: string | null;
}

/**
 * Links as they are now, deleted ones too: their clicks have happened. One whose code a new link has taken over has an
 * empty code.
 *
 * @param publicUrl origin of the installation: its scheme is that of every short URL
 */
export async function loadCrossedLinks(
  config: BatchReader,
  linkIds: readonly number[],
  publicUrl: string,
): Promise<Map<number, EventLink>> {
  const rows = await config.findEach<LinkRow>(LINK, {
    columns: { id: 'bigint' },
    rows: linkIds.map((id) => [id]),
  });
  const { protocol } = new URL(publicUrl);
  return new Map(rows.map((row) => [linkIds[row.n] as number, linkFromRow(row, protocol)]));
}

function linkFromRow(row: LinkRow, scheme: string): EventLink {
  const code = row.code ?? '';
  const domainUrl = `${scheme}//${row.host}${row.path_prefix === '' ? '' : `/${row.path_prefix}`}`;
  return {
    publicId: row.public_id,
    code,
    domainUrl,
    shortUrl: `${domainUrl}/${encodeURI(code)}`,
    destination: row.destination ?? '',
    title: row.title,
  };
}
