import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LongLinkQuery, readLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import type { Language } from '../languages.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { RequestedPath } from '../links/requested-path.ts';
import type { AskedPage } from './described-page.ts';
import type { FormPost } from './form-post.ts';
import { chooseLanguage } from './pages/language.ts';
import type { Visit } from './visit.ts';
import { visitOf } from './visit-request.ts';

/** A request for a short link, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By the clock of whoever watches. */
  readonly arrivedAt: number;
}

/** One visit on its way through the handler. */
export interface Going extends Exchange {
  readonly place: RequestedPath;
  /** For a Firebase long link, which is no code but a query. */
  readonly longLink: LongLinkQuery | null;
  readonly visit: Visit;
  readonly at: number;
  /** What was posted; null for GET and HEAD. */
  readonly form: FormPost | null;
  /** For whoever has just entered the right password. */
  readonly setCookie: string | null;
  /** The page that says what the link does not say of itself, once it was asked about. */
  readonly page: AskedPage | null;
}

/** @param query of the visited URL, without `?` */
export function goingOf(
  { request, response, arrivedAt }: Exchange,
  place: RequestedPath,
  query: string,
  leadsHere: Visit['leadsHere'],
): Going {
  const at = Date.now();
  const longLink = place.code === '' ? readLongLinkQuery(query) : null;
  const visit = visitOf(request, longLink?.visitQuery ?? query, at, leadsHere);
  return {
    request,
    response,
    arrivedAt,
    place,
    longLink,
    visit,
    at,
    form: null,
    setCookie: null,
    page: null,
  };
}

export function languageOf({ request }: Exchange): Language {
  return chooseLanguage(request.headers['accept-language']);
}

export function shortUrlOf({ place }: Going, domains: DomainDirectory): string {
  return domains.shortUrl(place.domain.id, place.code);
}
