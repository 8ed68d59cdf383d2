import { z } from 'zod';
import { LONGEST_GROUP_NAME } from '../../links/group-input.ts';
import { name, optional, required, text, unlessEmpty } from './field-rules.ts';
import { groupNumber, LONGEST_MEMO } from './link-schema.ts';
import { pages } from './list-page.ts';
import { GROUP_SETTING_FIELDS, shapeOf } from './setting-fields.ts';

const groupName = text({ min: 1, max: LONGEST_GROUP_NAME });
const written = { memo: optional(text({ max: LONGEST_MEMO })), ...shapeOf(GROUP_SETTING_FIELDS) };

export const newGroup = z.object({ nm: required(groupName), ...written });
export type NewGroup = z.output<typeof newGroup>;

export const groupUpdate = z.object({
  grpIdx: required(groupNumber),
  nm: unlessEmpty(groupName),
  ...written,
});
export type GroupUpdate = z.output<typeof groupUpdate>;

export const groupIdentity = z.object({ grpIdx: required(groupNumber) });

const sought = { grpIdx: optional(groupNumber), nm: optional(name) };

export const groupQuery = z.object(sought);
export type GroupQuery = z.output<typeof groupQuery>;
export const groupPageQuery = z.object({ ...sought, pages });
