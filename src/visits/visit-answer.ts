import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JournalWaiter } from '../clicks/journal/click-journal.ts';
import type { RedirectStatus } from './decision.ts';
import { chooseLanguage } from './pages/language.ts';
import { renderNotice } from './pages/notice-page.ts';
import type { Page } from './pages/page.ts';
import type { Slot } from './slots.ts';

/** Waits for its click to be in the journal, then lets the visitor on. */
abstract class ForwardingAnswer implements JournalWaiter {
  readonly response: ServerResponse;
  readonly #slot: Slot | null;

  constructor(response: ServerResponse, slot: Slot | null) {
    this.response = response;
    this.#slot = slot;
  }

  /** Must not throw. */
  abstract journalled(): void;

  /** An unlimited link still leads on, and the loss is counted; a limited one must not be followed uncounted. */
  refused(): void {
    if (!this.#slot) {
      this.journalled();
      return;
    }
    this.#slot.giveBack();
    const language = chooseLanguage(this.response.req.headers['accept-language']);
    sendPage(this.response, renderNotice({ kind: 'unavailable' }, language));
  }
}

export class RedirectAnswer extends ForwardingAnswer {
  readonly #status: RedirectStatus;
  readonly #destination: string;
  readonly #setCookie: string | null;

  constructor(
    response: ServerResponse,
    slot: Slot | null,
    status: RedirectStatus,
    destination: string,
    setCookie: string | null,
  ) {
    super(response, slot);
    this.#status = status;
    this.#destination = destination;
    this.#setCookie = setCookie;
  }

  journalled(): void {
    redirect(this.response, this.#status, this.#destination, this.#setCookie);
  }
}

export class PageAnswer extends ForwardingAnswer {
  readonly #page: Page;
  readonly #setCookie: string | null;

  constructor(response: ServerResponse, slot: Slot | null, page: Page, setCookie: string | null) {
    super(response, slot);
    this.#page = page;
    this.#setCookie = setCookie;
  }

  journalled(): void {
    if (this.#setCookie !== null) this.response.setHeader('Set-Cookie', this.#setCookie);
    sendPage(this.response, this.#page);
  }
}

/** @param setCookie a whole `Set-Cookie`, or null */
export function redirect(
  response: ServerResponse,
  status: RedirectStatus,
  location: string,
  setCookie: string | null = null,
): void {
  const headers = ['Location', location, 'Cache-Control', 'no-store', 'Content-Length', '0'];
  if (setCookie !== null) headers.push('Set-Cookie', setCookie);
  response.writeHead(status, headers);
  response.end();
}

export function sendPage(response: ServerResponse, { status, headers, body }: Page): void {
  response.writeHead(status, headers);
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Refuses what no browser of a person sends: with a status and nothing else. */
export function refuse(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  status: 405 | 413 | 415,
  headers: Readonly<Record<string, string>> = {},
): void {
  // What comes and is not read would stand before the next request on the connection.
  request.resume();
  response.writeHead(status, { ...headers, 'Content-Length': '0' });
  response.end();
}
