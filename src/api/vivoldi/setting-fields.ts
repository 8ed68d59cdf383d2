import type { z } from 'zod';
import type { SettingName } from '../../links/setting.ts';
import { choice, httpUrl, localTime, optional, password, wholeNumber, yesNo } from './field-rules.ts';
import type { ProjectClock } from './project-clock.ts';

/** A setting of the core as this API calls, writes and prints it. */
export interface SettingField {
  readonly setting: SettingName;
  readonly schema: z.ZodType;
  /** From a value that is written to what the core takes; unset and absent are the same in both. */
  readonly write: (value: never, clock: ProjectClock) => unknown;
  /** From what the core has, `false` for off and undefined for unset, to what is printed. Of secrets: whether set. */
  readonly print: (value: never, clock: ProjectClock) => unknown;
  /** Under which name it is printed, when not its own. */
  readonly printedAs?: string;
}

const asItIs = (value: unknown) => value;
const orNull = (value: unknown) => value || null;

const flag = (setting: SettingName) =>
  ({
    setting,
    schema: optional(yesNo),
    write: asItIs,
    print: (value: true | false | undefined) => (value ? 'Y' : 'N'),
  }) satisfies SettingField;

const url = (setting: SettingName) =>
  ({ setting, schema: optional(httpUrl), write: asItIs, print: orNull }) satisfies SettingField;

const secret = (setting: SettingName, printedAs: string) =>
  ({
    setting,
    schema: optional(password),
    write: asItIs,
    print: (value: string | false | undefined) => (value ? 'Y' : 'N'),
    printedAs,
  }) satisfies SettingField;

/** What a limit can be: the core's own, and 0 for none. */
const MOST_CLICKS = 1_000_000_000;
const METRICS = { C: 'clicks', P: 'visitors' } as const;

/** What links and groups both have. */
export const LINK_SETTING_FIELDS = {
  notfSubscYn: flag('pushSubscription'),
  qrBypassYn: flag('qrBypass'),
  blockOverseasSticsYn: flag('excludeForeign'),
  pushNotifyYn: flag('notifyByPush'),
  mailNotifyYn: flag('notifyByMail'),
  nonmemberSticsPwd: secret('statsPassword', 'nonmemberSticsPwdYn'),
  strtYmdt: {
    setting: 'startsAt',
    schema: optional(localTime),
    write: (text: string, clock) => clock.instantOf(text),
    print: (instant: number | false | undefined, clock) =>
      typeof instant === 'number' ? clock.textOf(instant) : null,
  },
  endYmdt: {
    setting: 'endsAt',
    schema: optional(localTime),
    write: (text: string, clock) => clock.endOf(text),
    print: (instant: number | false | undefined, clock) =>
      typeof instant === 'number' ? clock.endTextOf(instant) : null,
  },
  expireUrl: url('expiredUrl'),
  pwd: secret('password', 'pwdYn'),
  acesMaxCnt: {
    setting: 'maxClicks',
    schema: optional(wholeNumber(0, MOST_CLICKS)),
    write: asItIs,
    print: (count: number | false | undefined) => count || 0,
  },
  redirectType: {
    setting: 'redirectType',
    schema: optional(choice(200, 301, 302)),
    write: asItIs,
    print: (type: number | undefined) => type || 302,
  },
  pauseYn: flag('paused'),
} as const satisfies Readonly<Record<string, SettingField>>;

export const WEBHOOK_FIELDS = {
  webhookEnableYn: flag('webhookEnabled'),
  webhookCallbackUrl: url('webhookUrl'),
  webhookMetric: {
    setting: 'webhookMetric',
    schema: optional(choice('C', 'P')),
    write: (metric: keyof typeof METRICS) => METRICS[metric],
    print: (metric: string | undefined) => (metric === METRICS.P ? 'P' : 'C'),
  },
  webhookFrequency: {
    setting: 'webhookFrequency',
    schema: optional(choice(1, 50, 100, 300, 500, 1000)),
    write: asItIs,
    print: (every: number | undefined) => every || 1,
  },
} as const satisfies Readonly<Record<string, SettingField>>;

export const GROUP_SETTING_FIELDS = { ...LINK_SETTING_FIELDS, ...WEBHOOK_FIELDS } as const;

export type SettingFields = Readonly<Record<string, SettingField>>;

/** The shape of the settings in a schema. */
export function shapeOf<F extends SettingFields>(fields: F): { [K in keyof F]: F[K]['schema'] } {
  return Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])) as {
    [K in keyof F]: F[K]['schema'];
  };
}
