import type { Group } from '../../links/group.ts';
import type { GroupInput } from '../../links/group-input.ts';
import type { GroupUpdate, NewGroup } from './group-schema.ts';
import type { ProjectClock } from './project-clock.ts';
import { GROUP_SETTING_FIELDS } from './setting-fields.ts';
import { printSettings, settingsPatch } from './setting-translation.ts';

export function groupFromClient({ nm, memo, ...settings }: NewGroup | GroupUpdate, clock: ProjectClock) {
  return {
    // A group has a name: null leaves it what it is.
    name: nm ?? undefined,
    memo: memo === null ? '' : memo,
    settings: settingsPatch(GROUP_SETTING_FIELDS, settings, clock),
  } satisfies GroupInput;
}

/** A group in a list: the documented fields, and beside them every setting that is no secret. */
export function groupToClient(group: Group, clock: ProjectClock) {
  const { unset, ...settings } = printSettings(GROUP_SETTING_FIELDS, group.settings, clock);
  return {
    idx: group.id,
    nm: group.name,
    memo: group.memo,
    linkCnt: group.linkCount,
    ...settings,
    regYmdt: clock.textOf(group.createdAt),
    modYmdt: clock.textOf(group.updatedAt),
    unset,
  };
}
