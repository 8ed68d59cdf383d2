import type { WarningCode } from '../../deeplinks/firebase/finding.ts';
import { readFirebaseLink } from '../../deeplinks/firebase/firebase-link.ts';
import {
  LONG_LINK_PARAMETERS,
  type LongLinkParameters,
} from '../../deeplinks/firebase/long-link-parameters.ts';
import { filled, filledOrNone, isYes, RowNotes, urlText } from '../field-reading.ts';
import { type LinkFacts, readingOf } from '../linked-row.ts';
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

export const firebase: Source = {
  name: 'Firebase Dynamic Links',
  table: {
    columns: { ...COLUMNS, al: ['Android link (al)', 'Android link'], gclid: ['gclid'] },
    needed: [['short_link'], ['link']],
    order: Object.keys(COLUMNS),
    read,
  },
};

function read(row: TableRow): Reading {
  const notes = new RowNotes();
  const short = row.get('short_link');
  if (row.get('link') === '') return readingOf({ short, destination: '' } as LinkFacts, notes);
  const { link, findings } = readFirebaseLink(parametersOf(row, notes));
  if (!link)
    return { problem: findings.find(({ parameter }) => parameter === 'link')?.message ?? 'has no link' };
  const { ios, android } = link.apps;
  for (const { code, message } of findings) if (isOfInterest(code)) notes.note(message);
  if (!ios && findings.some(({ code }) => /^UNNECESSARY_I/.test(code)))
    notes.note('what it says of an iOS app was left out, because it names no bundle id');
  if (!android && findings.some(({ code }) => /^UNNECESSARY_A/.test(code)))
    notes.note('what it says of an Android app was left out, because it names no package');
  return readingOf(
    {
      short,
      destination: link.destination,
      // Only its owner saw it.
      memo: notes.text('the name', row.get('name'), 2_000),
      desktopUrl: link.desktopUrl ?? undefined,
      social: filledOrNone({ ...link.social }),
      campaign: filledOrNone({ ...link.campaign }),
      apps: filledOrNone({ ios: ios && filled({ ...ios }), android: android && filled({ ...android }) }),
      appRouting: filledOrNone({ ...link.appRouting }),
      // Firebase went on to serve what was archived.
      tags: isYes(row.get('archived')) ? ['archived'] : undefined,
      createdAt: notes.instant('the time of creation', row.get('creation_timestamp')),
    },
    notes,
  );
}

const URLS: ReadonlySet<string> = new Set(['link', 'afl', 'al', 'ifl', 'ipfl', 'ofl', 'si']);

/** A row in the words of a long link: what reads those knows what can be kept of it. */
function parametersOf(row: TableRow, notes: RowNotes): LongLinkParameters {
  const texts = LONG_LINK_PARAMETERS.filter((name) => name !== 'd').map((name) => {
    const text = row.get(name);
    return [name, URLS.has(name) ? urlText(text) : notes.plain(`"${name}"`, text)] as const;
  });
  const said = Object.fromEntries(texts.filter(([, text]) => text !== ''));
  return {
    ...said,
    ius: (said.ius ?? '').replace(/:\/*$/, ''),
    efr: isYes(row.get('efr')) ? '1' : '',
  };
}

/** What is left out or changed; that a parameter is old, or does nothing, has been so all along. */
function isOfInterest(code: WarningCode): boolean {
  return !/^(UNNECESSARY_|DEPRECATED_PARAM$|LINK_WITH_FRAGMENTS$)/.test(code);
}
