import {
  SETTING_NAMES,
  SETTING_RULES,
  type SettingName,
  type Settings,
  type SettingValues,
} from './setting.ts';

export type SettingSource = 'group' | 'link' | 'default';

export interface Explained {
  readonly name: SettingName;
  /** What applies: a value, `false` for off, `null` where nothing is decided at this level. */
  readonly value: unknown;
  readonly source: SettingSource;
}

/**
 * The rule the product is built on: the group's value if it has one, else the link's, else the default. "Off" is
 * a value, so a group can switch something off for all its links; leaving the group gives each its own back.
 */
export function effective<K extends SettingName>(
  name: K,
  link: Settings,
  group: Settings | undefined,
): SettingValues[K] | false {
  return (group?.[name] ?? link[name] ?? SETTING_RULES[name].default ?? false) as SettingValues[K] | false;
}

/** Every setting with its value in force and where it comes from, in the order of `SETTING_RULES`. */
export function explainSettings(link: Settings, group: Settings | undefined): Explained[] {
  return SETTING_NAMES.map((name): Explained => {
    if (group?.[name] !== undefined) return { name, value: group[name], source: 'group' };
    if (link[name] !== undefined) return { name, value: link[name], source: 'link' };
    return { name, value: SETTING_RULES[name].default, source: 'default' };
  });
}
