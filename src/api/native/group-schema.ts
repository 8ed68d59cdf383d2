import { z } from 'zod';
import type { Group } from '../../links/group.ts';
import type { WrittenGroup } from '../../links/group-service.ts';
import { explainSettings } from '../../links/overlay.ts';
import { instant, iso, nextCursor, publicId } from './schema.ts';
import {
  explainedSettings,
  groupSettings,
  groupSettingsPatch,
  settingsToApi,
  settingToApi,
} from './setting-schema.ts';

const name = z.string();
const memo = z.string().meta({ description: 'For you; visitors never see it' });

export const newGroup = z
  .strictObject({ name, memo: memo.optional(), settings: groupSettingsPatch.optional() })
  .meta({ id: 'NewGroup' });

export const newGroups = z
  .strictObject({ groups: z.array(newGroup).min(1).max(100) })
  .meta({ id: 'NewGroups' });

export const groupPatch = z
  .strictObject({ name: name.optional(), memo: memo.optional(), settings: groupSettingsPatch.optional() })
  .meta({ id: 'GroupPatch', description: 'Absent fields are left alone' });

export const group = z
  .object({
    id: publicId,
    name: z.string(),
    memo: z.string(),
    settings: groupSettings,
    linkCount: z.int(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Group' });

export const writtenGroup = group
  .extend({
    webhookSecret: z.string().optional().meta({
      description: 'Checks the webhook’s signatures; in this one answer only, when it was just made',
    }),
  })
  .meta({ id: 'WrittenGroup' });

export const groupPage = z.object({ groups: z.array(group), nextCursor }).meta({ id: 'GroupPage' });

export const groupExplanation = z
  .object({ groupId: publicId, linkCount: z.int(), settings: explainedSettings })
  .meta({ id: 'GroupExplanation', description: 'What a link without settings of its own would follow' });

export function groupToApi(one: Group): z.infer<typeof group> {
  return {
    id: one.publicId,
    name: one.name,
    memo: one.memo,
    settings: settingsToApi(one.settings, 'group') as z.infer<typeof groupSettings>,
    linkCount: one.linkCount,
    version: one.version,
    createdAt: iso(one.createdAt),
    updatedAt: iso(one.updatedAt),
  };
}

export function writtenGroupToApi({ group, webhookSecret }: WrittenGroup): z.infer<typeof writtenGroup> {
  return { ...groupToApi(group), ...(webhookSecret === null ? {} : { webhookSecret }) };
}

export function groupExplanationToApi(one: Group): z.infer<typeof groupExplanation> {
  return {
    groupId: one.publicId,
    linkCount: one.linkCount,
    settings: Object.fromEntries(
      explainSettings({}, one.settings).map(({ name, value, source }) => [
        name,
        {
          value: settingToApi(name, value),
          source,
          link: null,
          group: settingToApi(name, one.settings[name]),
        },
      ]),
    ),
  };
}
