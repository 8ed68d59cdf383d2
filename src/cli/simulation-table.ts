import type { Simulated } from '../app/offline-simulation.ts';
import { printable } from './printable.ts';

/** Pure. What a simulated visit comes to, for people: the outcome, then every rule that was asked, in order. */
export function simulationTable(simulated: Simulated): string {
  const { shortUrl, at, visitor, next, rules, appOpensByItself, apps, warnings } = simulated;
  const missing = [...(apps.ios?.missing ?? []), ...(apps.android?.missing ?? [])];
  const sections = [
    [printable(`${shortUrl} at ${at}, for ${visitorInWords(visitor)}`)],
    outcomeLines(simulated),
    table(['rule', 'verdict', 'why, and what it looked at'], rules.flatMap(ruleRows)),
    ...(simulated.appSteps.length === 0 ? [] : [stepTable(simulated)]),
    ...(next === null ? [] : [['Then, in the device’s own browser:'], outcomeLines(next)]),
    ...(next === null || next.appSteps.length === 0 ? [] : [stepTable(next)]),
    ...(appOpensByItself === null ? [] : [[opensInWords(appOpensByItself)]]),
    ...(missing.length === 0 ? [] : [listed('What the apps lack:', missing)]),
    ...(warnings.length === 0 ? [] : [listed('What may surprise:', warnings)]),
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

type Decided = NonNullable<Simulated['next']>;

function outcomeLines({ outcome, status, summary, destination, via, page, recorded }: Decided): string[] {
  const rows = [
    ['outcome', `${outcome} (${status}): ${summary}`],
    ['leads to', destination === null ? 'nowhere' : `${destination}${via === null ? '' : ` (${via})`}`],
    ...(page === null
      ? []
      : [
          ['offers', `app ${page.appUrl ?? 'none'}`],
          ['', `store ${page.storeUrl ?? 'none'}`],
          ['', `web ${page.webUrl}`],
        ]),
    ['recorded', recordedInWords(recorded)],
  ];
  return columns(rows);
}

function ruleRows({ rule, verdict, why, settings }: Simulated['rules'][number]): string[][] {
  const lookedAt = settings.map(({ name, value, source }) => `${name} ${valueInWords(value)} (${source})`);
  return [[rule, verdict, why], ...(lookedAt.length === 0 ? [] : [['', '', lookedAt.join(', ')]])];
}

function stepTable({ appSteps }: Decided): string[] {
  return table(
    ['way', 'verdict', 'why'],
    appSteps.map(({ step, verdict, why }) => [step, verdict, why]),
  );
}

function visitorInWords({
  kind,
  platform,
  osVersion,
  isIpad,
  mayBeIpad,
  inApp,
  language,
}: Simulated['visitor']) {
  const system = platform === 'other' ? 'neither iOS nor Android' : `${platform} ${osVersion}`.trim();
  const told = [
    system,
    ...(isIpad ? ['iPad'] : []),
    ...(mayBeIpad ? ['may be an iPad'] : []),
    ...(inApp === null ? [] : [`in ${inApp}`]),
    `pages in ${language}`,
  ];
  return `${kind} (${told.join(', ')})`;
}

function recordedInWords({ as, takesSlot, qr, automated, foreign, leftOut }: Decided['recorded']): string {
  const notes = [
    ...(takesSlot ? ['takes a slot'] : []),
    ...(qr ? ['as a scan'] : []),
    ...(automated ? ['as a program'] : []),
    ...(foreign ? ['from abroad'] : []),
    ...(leftOut ? ['left out of statistics'] : []),
  ];
  return [as, ...notes].join(', ');
}

/** Secrets come as `{ isSet }`. */
function valueInWords(value: unknown): string {
  if (value === false) return 'off';
  if (value === true) return 'on';
  if (value === null) return 'unset';
  return typeof value === 'object' ? 'is set' : String(value);
}

function opensInWords({ value, why }: NonNullable<Simulated['appOpensByItself']>): string {
  return printable(`The app opens by itself: ${value ? 'yes' : 'no'}. ${why}`);
}

function listed(title: string, sentences: readonly string[]): string[] {
  return [title, ...sentences.map((sentence) => `- ${printable(sentence)}`)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return columns([head, ...rows]);
}

/** The last column is as wide as it likes. */
function columns(texts: readonly (readonly string[])[]): string[] {
  const rows = texts.map((row) => row.map(printable));
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell)).join('  '),
  );
}
