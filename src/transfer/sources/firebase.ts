import { filledOrNone, isYes, RowNotes } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
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
  return readingOf(
    {
      short: row.get('short_link'),
      destination: row.get('link'),
      title: notes.text('the name', row.get('name'), 255),
      desktopUrl: row.get('ofl'),
      social: filledOrNone({
        title: notes.text('the social title', row.get('st'), 255),
        description: notes.text('the social description', row.get('sd'), 1_000),
        imageUrl: row.get('si'),
      }),
      campaign: filledOrNone({
        source: row.get('utm_source'),
        medium: row.get('utm_medium'),
        campaign: row.get('utm_campaign'),
        term: row.get('utm_term'),
        content: row.get('utm_content'),
      }),
      apps: filledOrNone({ ios: iosApp(row, notes), android: androidApp(row, notes) }),
      appRouting: filledOrNone({
        forceRedirect: isYes(row.get('efr')) || undefined,
        gclid: row.get('gclid'),
        at: row.get('at'),
        ct: row.get('ct'),
        mt: row.get('mt'),
        pt: row.get('pt'),
      }),
      // Firebase went on to serve what was archived.
      tags: isYes(row.get('archived')) ? ['archived'] : undefined,
      createdAt: notes.instant('the time of creation', row.get('creation_timestamp')),
    },
    notes,
  );
}

function iosApp(row: TableRow, notes: RowNotes) {
  const identifier = row.get('ibi');
  const details = filledOrNone({
    storeUrl: row.get('ifl'),
    appStoreId: row.get('isi'),
    minVersion: row.get('imv'),
    customScheme: row.get('ius').replace(/:\/*$/, ''),
    ipadIdentifier: row.get('ipbi'),
    ipadStoreUrl: row.get('ipfl'),
  });
  if (identifier !== '') return { identifier, ...details };
  if (details) notes.note('what it says of an iOS app was left out, because it names no bundle id');
  return undefined;
}

function androidApp(row: TableRow, notes: RowNotes) {
  const identifier = row.get('apn');
  const details = filledOrNone({
    storeUrl: row.get('afl'),
    minVersion: row.get('amv'),
    deepLink: row.get('al'),
  });
  if (identifier !== '') return { identifier, ...details };
  if (details) notes.note('what it says of an Android app was left out, because it names no package');
  return undefined;
}
