import { effective } from '../../links/overlay.ts';
import type { SettingName, Settings } from '../../links/setting.ts';
import type { SettingsPatch } from '../../links/settings-change.ts';
import type { ApiContext } from '../api-context.ts';
import { lastSecondOf, type ProjectClock, secondOf } from './project-clock.ts';
import { Refusal } from './refusal.ts';
import { LINK_SETTING_FIELDS, type SettingField, type SettingFields } from './setting-fields.ts';

/** What a request wants done with the settings it names. */
export function settingsPatch(
  fields: SettingFields,
  input: Readonly<Record<string, unknown>>,
  clock: ProjectClock,
): SettingsPatch {
  const named = Object.entries(fields).filter(([name]) => input[name] !== undefined);
  return Object.fromEntries(
    named.map(([name, { setting, write }]) => [
      setting,
      input[name] === null ? null : write(input[name] as never, clock),
    ]),
  );
}

/** An owner's own settings: what is unset is printed as the documented default, and named in `unset`. */
export function printSettings(fields: SettingFields, settings: Settings, clock: ProjectClock) {
  return {
    ...printed(fields, (setting) => settings[setting], clock),
    unset: Object.keys(fields).filter(
      (name) => settings[(fields[name] as SettingField).setting] === undefined,
    ),
  };
}

/** What is in force: the group's, else the link's own, else the default. */
export function printEffective(own: Settings, group: Settings | undefined, clock: ProjectClock) {
  return printed(LINK_SETTING_FIELDS, (setting) => effective(setting, own, group), clock);
}

function printed(
  fields: SettingFields,
  valueIn: (setting: SettingName) => unknown,
  clock: ProjectClock,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { setting, print, printedAs = name }]) => [
      printedAs,
      print(valueIn(setting) as never, clock),
    ]),
  );
}

/**
 * An end is inclusive here: it may be the second of the start, not the one before, which the core would let through as
 * a time of no length. Only who writes one of the two is held to it.
 *
 * @param patch what the request wrote
 * @param settings of the row with it
 * @throws Refusal
 */
export function requireOrder(patch: SettingsPatch, { startsAt, endsAt }: SettingsPatch, path = ''): void {
  if (patch.startsAt === undefined && patch.endsAt === undefined) return;
  if (typeof startsAt !== 'number' || typeof endsAt !== 'number') return;
  if (secondOf(startsAt) > lastSecondOf(endsAt)) {
    throw new Refusal({
      kind: 'endBeforeStart',
      field: `${path}endYmdt`,
      values: { start: 'strtYmdt' },
    });
  }
}

/**
 * Whether a webhook's receiver may be called is the core's rule; here it is asked before it is written, because there its
 * field says that a receiver is missing. One that is stored already stays.
 *
 * @throws Refusal
 */
export function requireCallable(
  { webhookUrl }: SettingsPatch,
  stored: SettingsPatch,
  endpoints: Pick<ApiContext['endpoints'], 'targetProblem'>,
): void {
  if (typeof webhookUrl !== 'string' || webhookUrl === stored.webhookUrl) return;
  if (endpoints.targetProblem(webhookUrl) === undefined) return;
  throw new Refusal({ kind: 'callbackRefused', field: 'webhookCallbackUrl' });
}
