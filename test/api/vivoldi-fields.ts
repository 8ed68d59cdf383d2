/** A field of this API, with values that are taken and values that are not. */
export interface FieldCase {
  readonly name: string;
  /** What is written, and what the lists then show: the same, unless a second one stands there. */
  readonly good: readonly (readonly [written: unknown, shown?: unknown])[];
  readonly bad: readonly unknown[];
  /** What lists show when it is unset; undefined: it cannot be. */
  readonly unset?: unknown;
  /** Under which name lists show it. */
  readonly shownAs?: string;
}

/** Of the wrong type for any field but a few. */
const NOT_TEXTS = [5, true, [], {}, ['Y']];

const yesNo = (name: string): FieldCase => ({
  name,
  good: [['Y'], ['N']],
  bad: ['y', 'n', 'YES', 'Y ', 'true', '1', '\u0000', ...NOT_TEXTS],
  unset: 'N',
});

const localTime = (name: string): FieldCase => ({
  name,
  good: [['2026-03-01 00:00:00'], ['2035-12-31 23:59:59'], ['9999-12-31 23:59:59'], ['2028-02-29 12:30:00']],
  bad: [
    '2026-03-01',
    '2026-3-1 0:0:0',
    '2026-03-01T00:00:00',
    '2026-03-01 00:00:00Z',
    '2026-02-29 00:00:00',
    '2026-13-01 00:00:00',
    '2026-03-01 24:00:00',
    '2026-03-01 23:59:60',
    '1969-12-31 23:59:59',
    '0000-00-00 00:00:00',
    '10000-01-01 00:00:00',
    '２０２６-03-01 00:00:00',
    ' 2026-03-01 00:00:00',
    'tomorrow',
    20260301000000,
    ...NOT_TEXTS,
  ],
  unset: null,
});

const BAD_URLS = [
  'example.com',
  '/path',
  'ftp://example.com/',
  'javascript:alert(1)',
  'https://',
  'https://example.com/a b',
  ' https://example.com/',
  'https://example.com/\r\nX: 1',
  `https://example.com/${'x'.repeat(3_000)}`,
  `https://example.com/${'가'.repeat(1_000)}`,
  'https://example.com/\ud800',
  ...NOT_TEXTS,
];

const url = (name: string): FieldCase => ({
  name,
  good: [
    ['https://example.com/over?a=1#b'],
    ['http://example.org/끝'],
    [`https://example.com/${'x'.repeat(2_980)}`],
  ],
  bad: BAD_URLS,
  unset: null,
});

const secret = (name: string): FieldCase => ({
  name,
  good: [
    ['1234', 'Y'],
    ['열려라 참깨', 'Y'],
  ],
  bad: ['123', 'x'.repeat(65), 'four\u0000five', 'half\ud800', ...NOT_TEXTS],
  unset: 'N',
  shownAs: `${name}Yn`,
});

const text = (name: string, max: number): FieldCase => ({
  name,
  good: [['여름 세일 🚂'], ['two\nlines'], ['x'.repeat(max)]],
  bad: ['x'.repeat(max + 1), 'a\u0000b', '\ud800', '\u0007', ...NOT_TEXTS],
});

export const SETTINGS: readonly FieldCase[] = [
  yesNo('notfSubscYn'),
  yesNo('qrBypassYn'),
  yesNo('blockOverseasSticsYn'),
  yesNo('pushNotifyYn'),
  yesNo('mailNotifyYn'),
  secret('nonmemberSticsPwd'),
  localTime('strtYmdt'),
  localTime('endYmdt'),
  url('expireUrl'),
  secret('pwd'),
  {
    name: 'acesMaxCnt',
    good: [[0], [1], [1_000_000_000]],
    bad: [-1, 1.5, 1_000_000_001, 1e300, '10', 'many', true, [], {}],
    unset: 0,
  },
  {
    name: 'redirectType',
    good: [[200], [301], [302]],
    bad: [0, 303, 302.5, '302', true, [], {}],
    unset: 302,
  },
  yesNo('pauseYn'),
];

export const WEBHOOK_SETTINGS: readonly FieldCase[] = [
  url('webhookCallbackUrl'),
  yesNo('webhookEnableYn'),
  { name: 'webhookMetric', good: [['C'], ['P']], bad: ['c', 'X', ...NOT_TEXTS], unset: 'C' },
  {
    name: 'webhookFrequency',
    good: [[1], [50], [100], [300], [500], [1000]],
    bad: [0, 2, 1001, -50, 1.5, '50', true, [], {}],
    unset: 1,
  },
];

export const GROUP_FIELDS: readonly FieldCase[] = [
  text('nm', 100),
  { ...text('memo', 500), unset: '' },
  ...SETTINGS,
  ...WEBHOOK_SETTINGS,
];

export const LINK_FIELDS: readonly FieldCase[] = [
  { ...url('url'), bad: [...BAD_URLS, '', null] },
  text('ttl', 255),
  { ...text('description', 1_000), unset: '' },
  {
    ...url('metaImg'),
    good: [['https://example.com/a.png']],
    bad: [...BAD_URLS, 'http://example.com/a.png'],
  },
  { ...text('memo', 500), unset: '' },
  { ...localTime('delYmdt'), good: [['2035-12-31 23:59:59'], ['9999-12-31 23:59:59']] },
  { name: 'grpIdx', good: [], bad: [-1, 1.5, '1', 2 ** 53, 1e300, true, [], {}], unset: 0 },
  ...SETTINGS,
];

/** Only when a link is made. */
export const NEW_LINK_FIELDS: readonly FieldCase[] = [
  { name: 'domain', good: [['https://vvd.bz'], ['https://vvd.im'], ['vvd.bz'], ['']], bad: NOT_TEXTS },
  {
    name: 'brandLinkId',
    good: [],
    bad: ['a b', 'a/b', '.a', 'a.', 'x'.repeat(101), 'api', 'QR', 'stats', '\u0000', '\ud800', ...NOT_TEXTS],
  },
  yesNo('reuseYn'),
  ...LINK_FIELDS,
];

/** What a Korean reader meets in Latin letters: names and samples of this API, and nothing else. */
const LATIN =
  /https?:\/\/(go\.example\.com)?|"[YN]"|"[-_.]"|\b(URL|JSON|Authorization|APIKey|Content-Type|application\/(json|x-www-form-urlencoded)|linkId|domain|webhookEnableYn|strtYmdt|regStartYmdt|C, P|API|ID)\b/g;

/** Whether a message is Korean throughout. */
export function isKorean(message: string, field: string): boolean {
  return /[가-힣]/.test(message) && !/[A-Za-z]/.test(message.replaceAll(field, '').replace(LATIN, ''));
}
