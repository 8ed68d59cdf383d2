import { z } from 'zod';
import { SETTING_NAMES, SETTING_RULES, type SettingName, type Settings } from '../../links/setting.ts';
import type { SettingsPatch } from '../../links/settings-change.ts';
import { instant, iso, milliseconds } from './schema.ts';

const off = z.literal(false);
const url = z.union([z.string().max(3_000), off], 'must be a URL, or false for none');
const moment = z.union(
  [instant, off],
  'must be an RFC 3339 instant such as 2026-03-31T23:59:59Z, or false for none',
);
const secret = z.union([z.string(), off], 'must be a text, or false for none');
const unset = <T extends z.ZodType>(schema: T, about: string) =>
  schema.nullable().meta({ description: about });

/** The settings of our own API, as they are written. Values the core refuses are answered by it, field by field. */
const written = {
  paused: unset(z.boolean(), 'The link answers 404 while true'),
  startsAt: unset(moment, 'Not accessible before'),
  endsAt: unset(
    instant.or(off),
    'Ended from this instant on (exclusive); an instant in the past ends it now',
  ),
  expiredUrl: unset(url, 'Where visitors go once it has ended; a notice otherwise'),
  password: unset(secret, 'Visitors must enter it (4 to 64 characters); never returned'),
  maxClicks: unset(
    z.union([z.int(), off], 'must be a whole number, or false for none'),
    'How many people may follow each link; 0 or false for no limit',
  ),
  redirectType: unset(
    z.int(),
    '301 (302 where the link has an app), 302 or 200 (a page with the link’s title and picture that forwards)',
  ),
  passQuery: unset(z.boolean(), 'Whether query parameters of the short URL travel on'),
  qrBypass: unset(z.boolean(), 'QR scans go straight on and are not counted'),
  excludeForeign: unset(z.boolean(), 'Statistics leave out clicks from outside the home country'),
  notifyByPush: unset(z.boolean(), 'Browser notification at every `notifyEvery` clicks'),
  notifyByMail: unset(z.boolean(), 'Mail at every `notifyEvery` clicks'),
  notifyEvery: unset(z.int(), 'Clicks between two notifications; the project’s when unset'),
  statsPassword: unset(secret, 'Opens the statistics page to people without an account; never returned'),
  pushSubscription: unset(z.boolean(), 'Visitors are asked to subscribe to notifications first'),
} as const;

const writtenByGroups = {
  webhookEnabled: unset(z.boolean(), 'Clicks on the group’s links are told to `webhookUrl`'),
  webhookUrl: unset(url, 'Receiver of the group’s webhook'),
  webhookMetric: unset(z.enum(['clicks', 'visitors']), 'What is counted between two calls'),
  webhookFrequency: unset(z.int(), '1, 50, 100, 300, 500 or 1000'),
} as const;

const optional = <T extends Record<string, z.ZodType>>(shape: T) =>
  Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()])) as {
    [K in keyof T]: z.ZodOptional<T[K]>;
  };

export const linkSettingsPatch = z
  .strictObject(optional(written))
  .meta({ id: 'LinkSettingsPatch', description: 'null unsets, false switches off, absent leaves alone' });
export const groupSettingsPatch = z
  .strictObject(optional({ ...written, ...writtenByGroups }))
  .meta({ id: 'GroupSettingsPatch', description: 'null unsets, false switches off, absent leaves alone' });

const secretShown = z
  .object({ isSet: z.literal(true) })
  .or(off)
  .nullable();

const shown = { ...written, password: secretShown, statsPassword: secretShown } as const;

export const linkSettings = z
  .object(shown)
  .meta({ id: 'LinkSettings', description: 'The link’s own settings: null is unset, false is off' });
export const groupSettings = z
  .object({ ...shown, ...writtenByGroups })
  .meta({ id: 'GroupSettings', description: 'The group’s settings: null is unset, false is off' });

const explained = z.object({
  value: z.unknown().meta({ description: 'In force; false is off, null is nothing' }),
  source: z.enum(['group', 'link', 'default']),
  link: z.unknown().meta({ description: 'The link’s own' }),
  group: z.unknown().meta({ description: 'The group’s' }),
});
export const explainedSettings = z
  .object(Object.fromEntries(SETTING_NAMES.map((name) => [name, explained])))
  .meta({ id: 'ExplainedSettings' });

const INSTANTS: ReadonlySet<string> = new Set<SettingName>(['startsAt', 'endsAt']);

export function patchFromApi(patch: Readonly<Record<string, unknown>>): SettingsPatch {
  return Object.fromEntries(
    Object.entries(patch).map(([name, value]) => [
      name,
      INSTANTS.has(name) && typeof value === 'string' ? milliseconds(value) : value,
    ]),
  );
}

/** A value as the API shows it: instants as text, of secrets only that they are set. */
export function settingToApi(name: SettingName, value: unknown): unknown {
  if (value === undefined) return null;
  if (SETTING_RULES[name].secret && typeof value === 'string') return { isSet: true };
  return INSTANTS.has(name) && typeof value === 'number' ? iso(value) : value;
}

export function settingsToApi(settings: Settings, owner: 'link' | 'group'): Record<string, unknown> {
  return Object.fromEntries(
    SETTING_NAMES.filter((name) => owner === 'group' || !SETTING_RULES[name].groupOnly).map((name) => [
      name,
      settingToApi(name, settings[name]),
    ]),
  );
}
