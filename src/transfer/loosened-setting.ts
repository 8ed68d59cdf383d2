import type { SettingName, Settings } from '../links/setting.ts';
import type { PreparedSettings } from '../links/settings-change.ts';

/** Whether a group's value lets more people through than the link's own. */
const LOOSENS: { readonly [K in SettingName]?: (group: unknown, own: unknown) => boolean } = {
  paused: (group) => group === false,
  password: (group) => group === false,
  qrBypass: (group) => group === true,
  startsAt: (group, own) => group === false || Number(group) < Number(own),
  endsAt: (group, own) => group === false || Number(group) > Number(own),
  maxClicks: (group, own) => group === false || Number(group) > Number(own),
};

/**
 * The group wins over its links: one that was found here by its name may lift what a link comes with.
 *
 * @returns the first setting for which it would, or undefined
 */
export function loosenedSetting({ entries }: PreparedSettings, group: Settings): SettingName | undefined {
  const found = entries.find(([name, own]) => {
    const decided = group[name];
    const protects = name === 'qrBypass' ? own === false : own !== null && own !== false;
    if (!protects || decided === undefined) return false;
    return LOOSENS[name]?.(decided, own) === true;
  });
  return found?.[0];
}
