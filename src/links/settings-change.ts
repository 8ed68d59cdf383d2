import { Failure, type FieldProblem } from '../errors.ts';
import { hashSecret, storedHashProblem } from './secret-hash.ts';
import { SETTING_NAMES, SETTING_RULES, type SettingName, type Settings } from './setting.ts';

/**
 * What a caller wants changed: absent leaves a setting alone, `null` unsets it, `false` (or 0 clicks) switches it
 * off, anything else is its value. Secrets come in clear.
 */
export type SettingsPatch = { readonly [K in SettingName]?: unknown };

/** A patch that has been checked value by value and has its secrets hashed. Only `prepareSettings` makes one. */
export interface PreparedSettings {
  readonly entries: readonly (readonly [SettingName, Settings[SettingName] | null])[];
}

/**
 * Checks every value and hashes secrets: slow work, done before a transaction is opened.
 *
 * @throws Failure `invalid`, naming every broken field as `settings.<name>`
 */
export async function prepareSettings(
  patch: SettingsPatch,
  owner: 'link' | 'group',
): Promise<PreparedSettings> {
  const entries: [SettingName, Settings[SettingName] | null][] = [];
  const problems: FieldProblem[] = [];
  for (const name of Object.keys(patch)) {
    if (!Object.hasOwn(SETTING_RULES, name)) problems.push(problemOf(name, 'is not a setting'));
  }
  for (const name of SETTING_NAMES) {
    if (patch[name] === undefined) continue;
    const value = name === 'maxClicks' && patch[name] === 0 ? false : patch[name];
    const problem = valueProblem(name, value, owner);
    if (problem) problems.push(problemOf(name, problem));
    else entries.push([name, value as Settings[SettingName] | null]);
  }
  if (problems.length > 0) throw Failure.invalid(problems);
  return { entries: await Promise.all(entries.map(hashed)) };
}

/**
 * Adds secrets that come as hashes, as an export has them; they win over those that came in clear.
 *
 * @throws Failure `invalid`, naming every broken one as `secretHashes.<name>`
 */
export function withStoredSecrets(
  { entries }: PreparedSettings,
  hashes: { readonly [K in SettingName]?: string | undefined },
): PreparedSettings {
  const stored = new Map(entries);
  const problems: FieldProblem[] = [];
  for (const [name, hash] of Object.entries(hashes)) {
    if (hash === undefined) continue;
    const isSecret = Object.hasOwn(SETTING_RULES, name) && SETTING_RULES[name as SettingName].secret;
    const problem = isSecret ? storedHashProblem(hash) : 'is no secret setting';
    if (problem) problems.push({ field: `secretHashes.${name}`, message: problem });
    else stored.set(name as SettingName, hash);
  }
  if (problems.length > 0) throw Failure.invalid(problems);
  return { entries: [...stored] };
}

function valueProblem(name: SettingName, value: unknown, owner: 'link' | 'group'): string | undefined {
  const rule = SETTING_RULES[name];
  if (rule.groupOnly && owner === 'link') return 'belongs to groups; set it on the group of the link';
  if (value === null) return undefined;
  if (value === false) return rule.canBeOff ? undefined : 'cannot be switched off; use null to unset it';
  return rule.problem(value);
}

async function hashed(
  entry: [SettingName, Settings[SettingName] | null],
): Promise<[SettingName, Settings[SettingName] | null]> {
  const [name, value] = entry;
  return SETTING_RULES[name].secret && typeof value === 'string' ? [name, await hashSecret(value)] : entry;
}

/**
 * The settings after the change. Rules between settings are checked within the row being written only: a group's
 * dates may contradict a link's, the group simply wins.
 *
 * @param path of the row in the caller's own input, to name broken fields
 * @throws Failure `invalid`
 */
export function applySettings(current: Settings, { entries }: PreparedSettings, path = ''): Settings {
  const next: Record<string, unknown> = { ...current };
  for (const [name, value] of entries) {
    if (value === null) delete next[name];
    else next[name] = value;
  }
  const settings = next as Settings;
  const { startsAt, endsAt, webhookEnabled, webhookUrl } = settings;
  if (typeof startsAt === 'number' && typeof endsAt === 'number' && startsAt > endsAt) {
    throw Failure.invalidField(`${path}settings.endsAt`, 'must not be before startsAt');
  }
  if (webhookEnabled && !webhookUrl) {
    throw Failure.invalidField(`${path}settings.webhookUrl`, 'is required when webhookEnabled is true');
  }
  return settings;
}

function problemOf(name: string, message: string): FieldProblem {
  return { field: `settings.${name}`, message };
}
