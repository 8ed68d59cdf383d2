import type { SettingName } from '../../src/links/setting.ts';

export interface SettingExample {
  readonly name: SettingName;
  /** Two values in force, as they are written. */
  readonly value: unknown;
  readonly other: unknown;
  /** What is in force when nobody says anything. */
  readonly byDefault: unknown;
  readonly canBeOff: boolean;
  readonly bad: readonly unknown[];
}

const flag = (name: SettingName, byDefault: boolean): SettingExample => ({
  name,
  value: true,
  other: true,
  byDefault,
  canBeOff: true,
  bad: ['true', 1, {}, []],
});
const instant = (name: SettingName, value: string): SettingExample => ({
  name,
  value,
  other: '2035-06-01T12:00:00.000Z',
  byDefault: false,
  canBeOff: true,
  bad: ['tomorrow', '2030-02-30T00:00:00Z', 1_900_000_000_000, true, '', '2030-01-01'],
});
const url = (name: SettingName): SettingExample => ({
  name,
  value: 'https://example.com/over?a=1#b',
  other: 'http://example.org/',
  byDefault: false,
  canBeOff: true,
  bad: ['javascript:alert(1)', '//evil.example', 'https://a.example/\r\nX: 1', '', true, 1],
});
const secret = (name: SettingName): SettingExample => ({
  name,
  value: 'open-sesame-4711',
  other: 'close-sesame-4711',
  byDefault: false,
  canBeOff: true,
  bad: ['abc', 'x'.repeat(65), true, 1234, 'four\u0000five'],
});
const count = (name: SettingName, canBeOff: boolean): SettingExample => ({
  name,
  value: 5,
  other: 7,
  byDefault: canBeOff ? false : null,
  canBeOff,
  bad: [-1, 1.5, 1e300, '5', true, 1_000_000_001, ...(canBeOff ? [] : [0])],
});
const choice = (name: SettingName, byDefault: unknown, value: unknown, other: unknown): SettingExample => ({
  name,
  value,
  other,
  byDefault,
  canBeOff: false,
  bad: ['sideways', 303, true, {}],
});

export const LINK_SETTINGS: readonly SettingExample[] = [
  flag('paused', false),
  instant('startsAt', '2030-01-01T00:00:00.000Z'),
  instant('endsAt', '2040-01-01T00:00:00.000Z'),
  url('expiredUrl'),
  secret('password'),
  count('maxClicks', true),
  choice('redirectType', 302, 301, 200),
  flag('passQuery', true),
  flag('qrBypass', false),
  flag('excludeForeign', false),
  flag('notifyByPush', false),
  flag('notifyByMail', false),
  count('notifyEvery', false),
  secret('statsPassword'),
  flag('pushSubscription', false),
];

export const GROUP_ONLY_SETTINGS: readonly SettingExample[] = [
  url('webhookUrl'),
  flag('webhookEnabled', false),
  choice('webhookMetric', 'clicks', 'visitors', 'clicks'),
  choice('webhookFrequency', 1, 50, 1000),
];

export const GROUP_SETTINGS: readonly SettingExample[] = [...LINK_SETTINGS, ...GROUP_ONLY_SETTINGS];

/** How a written value is shown: of secrets only that they are set. */
export function shown(name: SettingName, written: unknown): unknown {
  const isSecret = name === 'password' || name === 'statsPassword';
  return isSecret && typeof written === 'string' ? { isSet: true } : written;
}

/** What else has to be set for a value to be accepted. */
export function companions(name: SettingName): object {
  return name === 'webhookEnabled' ? { webhookUrl: 'https://hooks.example/' } : {};
}
