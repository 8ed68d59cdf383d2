import { longLinkOf } from '../../deeplinks/firebase/long-link.ts';
import {
  LONG_LINK_PARAMETERS,
  type LongLinkParameters,
} from '../../deeplinks/firebase/long-link-parameters.ts';
import { isYes, RowNotes, urlText } from '../field-reading.ts';
import { firebaseFacts } from '../firebase-facts.ts';
import { type LinkFacts, readingOf } from '../linked-row.ts';
import { namedRow } from '../named-row.ts';
import type { Columns, Reading, Source, TableRow } from '../source.ts';

/**
 * The 29 columns of the export of Firebase Dynamic Links by Google Takeout, one file a domain, in their order: the short
 * names as files have them, the long ones as Google's guide lists them. `al` and `gclid` are in no such file; who has
 * made his own from long links may have them.
 */
const COLUMNS = {
  short_link: ['Short link', 'shortLink'],
  link: ['Deep link (link)', 'Deep link'],
  apn: ['Android package name (apn)', 'Android package name'],
  afl: ['Android fallback link (afl)', 'Android fallback link'],
  amv: ['Android minimum package version code (amv)', 'Android minimum package version code'],
  ibi: ['iOS bundle ID (ibi)', 'iOS bundle ID'],
  ifl: ['iOS fallback link (ifl)', 'iOS fallback link'],
  ius: ['iOS custom scheme (ius)', 'iOS custom scheme'],
  ipfl: ['iOS iPad fallback link (ipfl)', 'iOS iPad fallback link'],
  ipbi: ['iOS iPad bundle ID (ipbi)', 'iOS iPad bundle ID'],
  isi: ['iOS app store ID (isi)', 'iOS app store ID'],
  imv: ['iOS minimum version (imv)', 'iOS minimum version'],
  efr: ['Enable forced redirect? (efr)', 'Enable forced redirect?', 'Enable forced redirect'],
  ofl: ['Desktop fallback link (ofl)', 'Desktop fallback link'],
  st: ['Social title (st)', 'Social title'],
  sd: ['Social description (sd)', 'Social description'],
  si: ['Social image link (si)', 'Social image link'],
  utm_source: ['UTM source (utm_source)', 'UTM source'],
  utm_medium: ['UTM medium (utm_medium)', 'UTM medium'],
  utm_campaign: ['UTM campaign (utm_campaign)', 'UTM campaign'],
  utm_term: ['UTM term (utm_term)', 'UTM term'],
  utm_content: ['UTM content (utm_content)', 'UTM content'],
  at: ['iTunes connect affiliate token (at)', 'iTunes connect at', 'iTunes connect affiliate token'],
  ct: ['iTunes connect campaign token (ct)', 'iTunes connect ct', 'iTunes connect campaign text'],
  mt: ['iTunes connect media type (mt)', 'iTunes connect mt', 'iTunes connect media type'],
  pt: ['iTunes connect provider token (pt)', 'iTunes connect pt', 'iTunes connect provider token'],
  archived: ['Archived?', 'Archived'],
  name: ['Link name'],
  creation_timestamp: ['Creation timestamp', 'Creation time'],
} satisfies Columns;

const ALL_COLUMNS = {
  ...COLUMNS,
  al: ['Android link (al)', 'Android link'],
  gclid: ['gclid'],
  // In lists that people have made themselves, with a long link for all that the others say.
  code: ['Short code', 'Suffix'],
  long_link: ['Long dynamic link', 'Dynamic link', 'Long URL'],
} satisfies Columns;

export const firebase: Source = {
  name: 'Firebase Dynamic Links',
  table: {
    columns: ALL_COLUMNS,
    needed: [
      ['short_link', 'code'],
      ['link', 'long_link'],
    ],
    order: Object.keys(COLUMNS),
    // Of Takeout's own files every column is known.
    isAnybodys: true,
    read,
  },
  json: {
    items: [['links', '*']],
    columns: ALL_COLUMNS,
    read: (item) => read(namedRow(item, ALL_COLUMNS)),
  },
};

function read(row: TableRow): Reading {
  const notes = new RowNotes();
  const short = row.get('short_link') || row.get('code');
  const written = row.get('long_link');
  const longLink = written === '' ? undefined : longLinkOf(urlText(written));
  if (written !== '' && !longLink) return { problem: problemOf(written), destination: written };
  const { passedOn = '', findings = [] } = longLink ?? {};
  const parameters = { ...longLink?.parameters, ...parametersOf(row, notes) };
  if (!longLink && !parameters.link) return readingOf({ short, destination: '' } as LinkFacts, notes);
  const facts = firebaseFacts({ parameters, passedOn, findings }, notes);
  if ('problem' in facts) return { ...facts, destination: written || parameters.link };
  return readingOf(
    {
      short,
      // A code alone stands where its long link does.
      domain: longLink?.base.replace(/^https?:\/\/|\/+$/gi, ''),
      ...facts,
      // Only its owner saw it.
      memo: notes.text('the name', row.get('name'), 2_000),
      // Firebase went on to serve what was archived.
      tags: isYes(row.get('archived')) ? ['archived'] : undefined,
      createdAt: notes.instant('the time of creation', row.get('creation_timestamp')),
    },
    notes,
  );
}

/** @param written no long link */
function problemOf(written: string): string {
  if (!/^https?:\/\//i.test(written)) return 'its long link begins with no https://';
  return 'its long link is none such as https://go.example.com/?link=https%3A%2F%2Fwww.example.com%2F';
}

const URLS: ReadonlySet<string> = new Set(['link', 'afl', 'al', 'ifl', 'ipfl', 'ofl', 'si']);

/** The columns of a row in the words of a long link: what reads those knows what can be kept of it. */
function parametersOf(row: TableRow, notes: RowNotes): LongLinkParameters {
  const texts = LONG_LINK_PARAMETERS.filter((name) => name !== 'd').map((name) => {
    const text = row.get(name);
    if (name === 'efr') return [name, isYes(text) ? '1' : ''] as const;
    if (name === 'ius') return [name, notes.plain(`"${name}"`, text).replace(/:\/*$/, '')] as const;
    return [name, URLS.has(name) ? urlText(text) : notes.plain(`"${name}"`, text)] as const;
  });
  return Object.fromEntries(texts.filter(([, text]) => text !== ''));
}
