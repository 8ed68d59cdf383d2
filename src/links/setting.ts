import { httpUrlProblem } from './destination.ts';

/** The value of every setting when it is on. Instants are milliseconds; secrets are argon2id hashes. */
export interface SettingValues {
  paused: true;
  startsAt: number;
  /** Exclusive: at this instant the link has ended. */
  endsAt: number;
  expiredUrl: string;
  password: string;
  maxClicks: number;
  redirectType: 200 | 301 | 302;
  passQuery: true;
  qrBypass: true;
  excludeForeign: true;
  notifyByPush: true;
  notifyByMail: true;
  notifyEvery: number;
  statsPassword: string;
  pushSubscription: true;
  webhookEnabled: true;
  webhookUrl: string;
  webhookMetric: 'clicks' | 'visitors';
  webhookFrequency: 1 | 50 | 100 | 300 | 500 | 1000;
}

export type SettingName = keyof SettingValues;

/** A setting is absent (unset), `false` (explicitly off) or a value. Off is a value like any other in an overlay. */
export type Settings = { readonly [K in SettingName]?: SettingValues[K] | false };

export interface SettingRule {
  /** In force when neither group nor link says anything; `null`: there is none, the project's applies or nothing. */
  readonly default: string | number | boolean | null;
  /** Whether "explicitly off" means something. */
  readonly canBeOff: boolean;
  /** Never returned: people see only that it is set. */
  readonly secret: boolean;
  /** Belongs to groups (and projects), not to links. */
  readonly groupOnly: boolean;
  /** @returns what is wrong with a value that is not off, or undefined */
  readonly problem: (value: unknown) => string | undefined;
}

const flag = (value: boolean): SettingRule => ({
  default: value,
  canBeOff: true,
  secret: false,
  groupOnly: false,
  problem: (given) => (given === true ? undefined : 'must be true or false'),
});

const instant: SettingRule = {
  default: false,
  canBeOff: true,
  secret: false,
  groupOnly: false,
  problem: (given) =>
    typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 && given <= LATEST_INSTANT
      ? undefined
      : 'must be an instant between 1970 and 9999',
};

/** The last that four digits of a year can say. */
export const LATEST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const url: SettingRule = {
  default: false,
  canBeOff: true,
  secret: false,
  groupOnly: false,
  problem: httpUrlProblem,
};

const count = (max: number, canBeOff: boolean, fallback: false | null): SettingRule => ({
  default: fallback,
  canBeOff,
  secret: false,
  groupOnly: false,
  problem: (given) =>
    typeof given === 'number' && Number.isSafeInteger(given) && given >= 1 && given <= max
      ? undefined
      : `must be a whole number from 1 to ${max}`,
});

const oneOf = (values: readonly (string | number)[], fallback: string | number): SettingRule => ({
  default: fallback,
  canBeOff: false,
  secret: false,
  groupOnly: false,
  problem: (given) =>
    values.some((value) => value === given) ? undefined : `must be one of ${values.join(', ')}`,
});

const secret: SettingRule = {
  default: false,
  canBeOff: true,
  secret: true,
  groupOnly: false,
  problem: (given) =>
    typeof given === 'string' &&
    given.length >= 4 &&
    given.length <= 64 &&
    given.isWellFormed() &&
    !hasControlCharacter(given)
      ? undefined
      : 'must have 4 to 64 characters, no control characters among them',
};

const groupOnly = (rule: SettingRule): SettingRule => ({ ...rule, groupOnly: true });

/** The closed list of settings of links and groups; order is the order in which `explain` shows them. */
export const SETTING_RULES: { readonly [K in SettingName]: SettingRule } = {
  paused: flag(false),
  startsAt: instant,
  endsAt: instant,
  expiredUrl: url,
  password: secret,
  maxClicks: count(1_000_000_000, true, false),
  redirectType: oneOf([200, 301, 302], 302),
  passQuery: flag(true),
  qrBypass: flag(false),
  excludeForeign: flag(false),
  notifyByPush: flag(false),
  notifyByMail: flag(false),
  notifyEvery: count(1_000_000_000, false, null),
  statsPassword: secret,
  pushSubscription: flag(false),
  webhookEnabled: groupOnly(flag(false)),
  webhookUrl: groupOnly(url),
  webhookMetric: groupOnly(oneOf(['clicks', 'visitors'], 'clicks')),
  webhookFrequency: groupOnly(oneOf([1, 50, 100, 300, 500, 1000], 1)),
};

export const SETTING_NAMES = Object.keys(SETTING_RULES) as SettingName[];

function hasControlCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return /[\x00-\x1f\x7f]/.test(text);
}
