import type { Insertable } from 'kysely';
import { newPublicId } from '../../db/public-id.ts';
import type { LinkTable } from '../../db/tables/config-tables.ts';
import { appRoutingOf } from '../app-routing.ts';
import type { Group } from '../group.ts';
import type { LinkSource } from '../link.ts';
import type { AppColumns } from '../link-app-row.ts';
import type { PreparedNewLink } from '../link-input.ts';
import { applySettings } from '../settings-change.ts';
import { storedFields } from './text-fields.ts';

/** A link that is being made, with what it names. */
export interface NewLink extends PreparedNewLink {
  readonly group: Group | null;
  readonly apps: AppColumns;
  /** Where the caller named it, for errors. */
  readonly path: string;
}

/** @throws Failure `invalid` when its settings contradict each other */
export function newLinkRow(
  { input, settings, origin, group, apps, path }: NewLink,
  projectId: number,
  source: LinkSource,
  now: number,
) {
  return {
    public_id: origin?.publicId ?? newPublicId('lnk'),
    project_id: projectId,
    domain_id: input.domainId,
    group_id: group?.id ?? null,
    title: input.title ?? '',
    description: input.description ?? '',
    image_url: input.imageUrl ?? null,
    memo: input.memo ?? '',
    settings: JSON.stringify(applySettings({}, settings, path)),
    campaign: JSON.stringify(storedFields(input.campaign ?? {})),
    social: JSON.stringify(storedFields(input.social ?? {})),
    desktop_url: input.desktopUrl ?? null,
    ...apps,
    app_routing: JSON.stringify(appRoutingOf(input.appRouting ?? {})),
    metadata: JSON.stringify(input.metadata ?? {}),
    external_id: input.externalId ?? null,
    source: origin?.source ?? source,
    imported_clicks: origin?.clicks ?? 0,
    imported_slots: origin?.limitUsed ?? origin?.clicks ?? 0,
    imported_visitors: origin?.visitors ?? 0,
    imported_foreign_clicks: origin?.foreignClicks ?? 0,
    imported_foreign_visitors: origin?.foreignVisitors ?? 0,
    delete_at: input.deleteAt ?? null,
    created_at: origin?.createdAt ?? now,
    updated_at: now,
    deleted_at: null,
  } satisfies Insertable<LinkTable>;
}
