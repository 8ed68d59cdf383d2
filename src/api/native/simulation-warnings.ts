import { isTooLongToPass, LONGEST_PASSED_QUERY } from '../../links/destination.ts';
import { effective } from '../../links/overlay.ts';
import { SETTING_NAMES, SETTING_RULES } from '../../links/setting.ts';
import type { DescribedVisit } from '../../visits/described-visit.ts';
import type { ExplainedApps } from './app-explanation.ts';
import { settingToApi } from './setting-schema.ts';
import type { SimulatedLink } from './simulated-link.ts';

/** What may surprise the owner of a link, in sentences. No secret is in them. */
export function simulationWarnings(
  { link, known, group, query, longQuery }: SimulatedLink,
  apps: ExplainedApps,
  described: DescribedVisit & {
    readonly country?: string | undefined;
    readonly appInstalled?: boolean | undefined;
  },
): string[] {
  const inForce = <K extends Parameters<typeof effective>[0]>(name: K) =>
    effective(name, known.settings, group?.settings);
  const warnings: string[] = [];
  for (const name of SETTING_NAMES) {
    const own = known.settings[name];
    const over = group?.settings[name];
    if (own === undefined || over === undefined || own === over) continue;
    const values = SETTING_RULES[name].secret ? '' : ` (${shown(name, over)}, and not ${shown(name, own)})`;
    warnings.push(`The group’s ${name} wins over the link’s${values}.`);
  }
  const [startsAt, endsAt] = [inForce('startsAt'), inForce('endsAt')];
  if (startsAt !== false && endsAt !== false && endsAt <= startsAt) {
    warnings.push('The link ends before it starts: it is never open.');
  }
  if (longQuery === null) {
    if (known.iosAppId !== null && link.apps.ios === null) {
      warnings.push('The saved iOS app of the link was deleted: iPhones and iPads go to the web.');
    }
    if (known.androidAppId !== null && link.apps.android === null) {
      warnings.push('The saved Android app of the link was deleted: Android goes to the web.');
    }
  } else {
    warnings.push(
      'A long link says where it leads itself; all else is set by the link that stands for the domain’s long links.',
    );
  }
  if (inForce('passQuery') && isTooLongToPass(query)) {
    warnings.push(`The query has more than ${LONGEST_PASSED_QUERY} characters: nothing of it travels on.`);
  }
  if (inForce('pushSubscription') && (apps.ios || apps.android)) {
    warnings.push('The link asks about notifications first, so people are not led into the app at once.');
  }
  if (inForce('excludeForeign') && described.country === undefined) {
    warnings.push(
      'Statistics leave out foreign clicks: say the visitor’s country to see whether this one is.',
    );
  }
  return warnings;
}

function shown(name: (typeof SETTING_NAMES)[number], value: unknown): string {
  return value === false ? 'off' : String(settingToApi(name, value));
}
