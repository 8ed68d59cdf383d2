import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProjectService } from '../../accounts/project-service.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import type { ClientAddress } from '../../visits/client-address.ts';
import { readFormPost } from '../../visits/form-post.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import { type Notice, renderNotice } from '../../visits/pages/notice-page.ts';
import type { Page } from '../../visits/pages/page.ts';
import { redirect, refuse, sendPage } from '../../visits/visit-answer.ts';
import { leavingOf } from '../asker.ts';
import { splitRequestUrl } from '../word-behind-code.ts';
import { renderEntryPage } from './entry-page.ts';
import type { OpenPage, PageDirectory } from './page-directory.ts';
import type { PageGuard } from './page-guard.ts';
import { askedPage, mayBeStatisticsUrl } from './page-path.ts';
import { renderFormProblemPage, renderProblemPage } from './problem-page.ts';
import { askReport, type ReportParts } from './report.ts';
import { reportCsv } from './report-csv.ts';
import { renderReportPage } from './report-page.ts';
import { keptQuery, readPeriod } from './viewed-period.ts';

export interface StatisticsPagesParts extends ReportParts {
  readonly directory: Pick<PageDirectory, 'find'>;
  readonly domains: Pick<DomainDirectory, 'ofHost' | 'shortUrl'>;
  readonly reserved: { has(segment: string): boolean };
  readonly guard: PageGuard;
  readonly projects: Pick<ProjectService, 'load'>;
  readonly clientAddress: ClientAddress;
  /** Told why a page could not be answered. It may be told a thousand times a second. */
  readonly onTrouble: (error: unknown) => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One request for a page that is open to whoever knows its password. */
interface Asked extends Exchange {
  readonly page: OpenPage;
  readonly query: URLSearchParams;
  /** Milliseconds. */
  readonly at: number;
}

/**
 * Statistics for people without an account. The way of a request: find the page (closed, deleted and unknown are one
 * answer) → a cookie, or the form → read the period → ask → draw.
 *
 * It stands before the visit handler, because a code and the word after it are no route; nothing of the API runs.
 */
export class StatisticsPages {
  readonly #parts: StatisticsPagesParts;

  constructor(parts: StatisticsPagesParts) {
    this.#parts = parts;
  }

  /** @returns false when the path is somebody else's */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '/';
    if (!mayBeStatisticsUrl(url)) return false;
    const [path = '/', query = ''] = splitRequestUrl(url);
    const { domains, reserved } = this.#parts;
    const asked = askedPage(path, request.headers.host, domains, (segment) => reserved.has(segment));
    if (!asked) return false;
    const exchange = { request, response };
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      refuse(exchange, 405, { Allow: 'GET, HEAD, POST' });
      return true;
    }
    const at = Date.now();
    this.#parts.directory
      .find(asked, at)
      .then(async (page) => {
        if (!page) this.#notice(exchange, { kind: 'unknown' });
        else await this.#answer({ ...exchange, page, query: new URLSearchParams(query), at });
      })
      .catch((error: unknown) => this.#fail(exchange, error));
    return true;
  }

  async #answer(asked: Asked): Promise<void> {
    const { request, page, at } = asked;
    if (request.method === 'POST') await this.#enter(asked);
    else if (this.#parts.guard.isOpen(page, request.headers.cookie, at)) await this.#show(asked);
    else this.#askPassword(asked, 200);
  }

  async #enter(asked: Asked): Promise<void> {
    const { request, response, page } = asked;
    // A form on somebody else's page must not use up the guesses of whoever looks at it.
    if (isFromElsewhere(request)) {
      request.resume();
      this.#askPassword(asked, 403);
      return;
    }
    const form = await readFormPost(request);
    if (form.kind === 'aborted') return;
    if (form.kind !== 'form' || form.password === undefined) {
      const problem = form.kind === 'tooLarge' ? 'tooLarge' : 'notAForm';
      this.#send(asked, renderFormProblemPage(problem, page.path, languageOf(request)));
      return;
    }
    const { guard, clientAddress } = this.#parts;
    const guess = await guard.guess(page, form.password, clientAddress.of(request));
    switch (guess.outcome) {
      case 'right':
        redirect(response, 303, urlOf(asked), guard.admit(page, Date.now()));
        return;
      case 'wrong':
        this.#askPassword(asked, 403, 'wrong');
        return;
      case 'refused':
        this.#notice(asked, { kind: 'tooManyGuesses', retryAfterSeconds: secondsUntil(guess.retryAt) });
        return;
      case 'busy':
        this.#notice(asked, { kind: 'unavailable' });
    }
  }

  async #show(asked: Asked): Promise<void> {
    const { request, page, query, at } = asked;
    const language = languageOf(request);
    const project = await this.#parts.projects.load(page.projectId);
    const period = readPeriod(query, project.timeZone, at);
    if (typeof period === 'string') {
      this.#send(asked, renderProblemPage(period, page.path, language));
      return;
    }
    const leaving = leavingOf(request);
    const report = await askReport({ page, project, period, at, leaving }, this.#parts);
    this.#send(
      asked,
      query.get('format') === 'csv' ? reportCsv(report, language) : renderReportPage(report, language),
    );
  }

  #askPassword(asked: Asked, status: 200 | 403, why?: 'wrong'): void {
    const { request, page } = asked;
    const wrong = why === 'wrong';
    this.#send(
      asked,
      renderEntryPage({ status, wrong, name: nameOf(page), action: urlOf(asked) }, languageOf(request)),
    );
  }

  #notice(exchange: Exchange, notice: Notice): void {
    this.#send(exchange, renderNotice(notice, languageOf(exchange.request)));
  }

  #send({ request, response }: Exchange, page: Page): void {
    // What is posted and not read would stand before the next request on the connection.
    if (!request.readableEnded) request.resume();
    sendPage(response, page);
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (exchange.request.socket.destroyed) return;
    this.#parts.onTrouble(error);
    if (!exchange.response.headersSent) this.#notice(exchange, { kind: 'unavailable' });
    else exchange.response.destroy();
  }
}

/** Browsers say where a form stands (`Sec-Fetch-Site`) to servers they reach safely; others say nothing. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function urlOf({ page, query }: Asked): string {
  const kept = keptQuery(query);
  return kept === '' ? page.path : `${page.path}?${kept}`;
}

/** For password managers: one password for each page. */
function nameOf({ shortUrl, path }: OpenPage): string {
  return shortUrl === null ? path : `${shortUrl.replace(/^https?:\/\//, '')}/stats`;
}

function languageOf({ headers }: IncomingMessage) {
  return chooseLanguage(headers['accept-language']);
}

function secondsUntil(instant: number): number {
  return Math.max(1, Math.ceil((instant - Date.now()) / 1000));
}
