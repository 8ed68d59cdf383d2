import { escapeHtml } from '../../escape-html.ts';
import { LANGUAGES, type Language } from '../../languages.ts';
import { renderDocument, type Tone } from './document.ts';
import { describeOpeningTime } from './opening-time.ts';
import { buildPage, type Page } from './page.ts';
import { TEXTS, type WordedNotice } from './texts.ts';
import type { Scene } from './tracks.ts';
import { describeWait } from './waiting-time.ts';

/** What a visitor may have to be told instead of being forwarded. Nothing of the request is in it, so nothing is echoed. */
export type Notice =
  | { readonly kind: FixedKind }
  | {
      readonly kind: 'notStarted';
      /** Milliseconds since 1970. */
      readonly startsAt: number;
      /** IANA name of the project's time zone. */
      readonly timeZone: string;
    }
  | {
      readonly kind: 'tooManyGuesses';
      /** Until passwords are taken again. */
      readonly retryAfterSeconds: number;
    }
  | {
      readonly kind: 'badLongLink';
      /** For whoever made it: what is wrong, in English, and nothing of what is wrong. */
      readonly why: string;
    }
  | { readonly kind: 'home'; readonly apiDocs: boolean };

/** Notices that are the same for every visitor of one language. */
type FixedKind =
  | 'unknown'
  | 'paused'
  | 'ended'
  | 'limitReached'
  /** What a crawler sees of a protected link. */
  | 'protected'
  /** The link cannot be looked up now. */
  | 'unavailable'
  /** For a prefetch: nobody reads it, and the browser asks again when a person really goes. */
  | 'tryAgain';

interface Look {
  readonly status: number;
  readonly tone: Tone;
  readonly scene: Scene;
  readonly retryAfterSeconds?: number;
}

const LOOKS: Readonly<Record<WordedNotice, Look>> = {
  unknown: { status: 404, tone: 'slate', scene: 'dissolving' },
  paused: { status: 404, tone: 'amber', scene: 'signal' },
  notStarted: { status: 403, tone: 'blue', scene: 'unbuilt' },
  ended: { status: 410, tone: 'red', scene: 'buffer' },
  limitReached: { status: 403, tone: 'plum', scene: 'full' },
  tooManyGuesses: { status: 429, tone: 'amber', scene: 'barred' },
  protected: { status: 200, tone: 'slate', scene: 'sealed' },
  badLongLink: { status: 400, tone: 'red', scene: 'broken' },
  unavailable: { status: 503, tone: 'amber', scene: 'broken', retryAfterSeconds: 2 },
  home: { status: 200, tone: 'green', scene: 'meeting' },
};

/** The page for a notice. Those without a time in them were rendered when this module was loaded: serving one costs a look-up. */
export function renderNotice(notice: Notice, language: Language): Page {
  switch (notice.kind) {
    case 'notStarted':
      return renderNotStarted(notice.startsAt, notice.timeZone, language);
    case 'tooManyGuesses':
      return renderTooManyGuesses(notice.retryAfterSeconds, language);
    case 'badLongLink':
      return renderPage('badLongLink', language, {
        below: `<p lang="en"><small>${escapeHtml(notice.why)}</small></p>`,
      });
    case 'home':
      return notice.apiDocs ? RENDERED[language].homeWithApiDocs : RENDERED[language].home;
    default:
      return RENDERED[language][notice.kind];
  }
}

type Rendered = Readonly<Record<FixedKind | 'home' | 'homeWithApiDocs', Page>>;

const RENDERED = Object.fromEntries(
  LANGUAGES.map((language) => [language, renderFixedNotices(language)]),
) as Readonly<Record<Language, Rendered>>;

function renderFixedNotices(language: Language): Rendered {
  const { tryAgain, apiDocs } = TEXTS[language];
  return {
    unknown: renderPage('unknown', language),
    paused: renderPage('paused', language),
    ended: renderPage('ended', language),
    limitReached: renderPage('limitReached', language),
    protected: renderPage('protected', language),
    // An empty reference is this very address, without naming it.
    unavailable: renderPage('unavailable', language, { below: `<a href="">${escapeHtml(tryAgain)}</a>` }),
    tryAgain: buildPage({ status: 503, language, html: '' }),
    home: renderPage('home', language),
    homeWithApiDocs: renderPage('home', language, {
      below: `<a href="/api/docs">${escapeHtml(apiDocs)}</a>`,
    }),
  };
}

function renderNotStarted(startsAt: number, timeZone: string, language: Language): Page {
  const opening = describeOpeningTime(startsAt, timeZone, language);
  if (!opening) return renderPage('notStarted', language);
  const { iso, date, time, zone } = opening;
  const label = escapeHtml(TEXTS[language].opensAt);
  const moment = `<time datetime="${escapeHtml(iso)}">${escapeHtml(date)}<br>${escapeHtml(time)}</time>`;
  return renderPage('notStarted', language, {
    below: `<dl><dt>${label}</dt><dd>${moment}<small>${escapeHtml(zone)}</small></dd></dl>`,
  });
}

function renderTooManyGuesses(retryAfterSeconds: number, language: Language): Page {
  const { guessAgain, tryAgain } = TEXTS[language];
  const wait = `<time datetime="PT${retryAfterSeconds}S">${escapeHtml(describeWait(retryAfterSeconds, language))}</time>`;
  return renderPage('tooManyGuesses', language, {
    retryAfterSeconds,
    below: `<dl><dt>${escapeHtml(guessAgain)}</dt><dd>${wait}</dd></dl><a href="">${escapeHtml(tryAgain)}</a>`,
  });
}

interface Added {
  /** Markup, already escaped. */
  readonly below?: string;
  readonly retryAfterSeconds?: number;
}

function renderPage(kind: WordedNotice, language: Language, { below = '', ...headers }: Added = {}): Page {
  const { status, tone, scene, ...rest } = LOOKS[kind];
  const { heading, body } = TEXTS[language].notices[kind];
  const html = renderDocument({ language, tone, scene, heading, text: body, below });
  return buildPage({ status, language, html, ...rest, ...headers });
}
