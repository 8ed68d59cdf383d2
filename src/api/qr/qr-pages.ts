import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure, type FieldProblem } from '../../errors.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import { networkOf } from '../../links/network.ts';
import type { RequestedPath } from '../../links/requested-path.ts';
import { LogoReplaced, type QrLogoService } from '../../qr/qr-logo-service.ts';
import type { QrPicture, QrPictures } from '../../qr/qr-pictures.ts';
import type { QrStyle } from '../../qr/qr-style.ts';
import type { ClientAddress } from '../../visits/client-address.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import { type Notice, renderNotice } from '../../visits/pages/notice-page.ts';
import { refuse, sendPage } from '../../visits/visit-answer.ts';
import { SCAN_MARK } from '../../visits/visit-request.ts';
import type { ApiContext } from '../api-context.ts';
import { entityTagsIn } from '../entity-tags.ts';
import { type Problem, problem } from '../problem.ts';
import { linkBefore, splitRequestUrl } from '../word-behind-code.ts';
import { readQrStyle } from './qr-query.ts';

export interface QrPagesParts {
  readonly targetOf: ApiContext['targetOf'];
  readonly logos: Pick<QrLogoService, 'findFor'>;
  readonly pictures: QrPictures;
  readonly clientAddress: Pick<ClientAddress, 'of'>;
  readonly domains: Pick<DomainDirectory, 'ofHost' | 'shortUrl'>;
  readonly reserved: { has(segment: string): boolean };
  /** Told why a code could not be shown. It may be told a thousand times a second. */
  readonly onTrouble: (error: unknown) => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Asked extends Exchange {
  readonly place: RequestedPath;
  readonly query: string;
}

/** A new logo or colour is seen within a minute wherever pictures are kept; asking again costs a 304. */
const KEPT = 'public, max-age=60';
const TRIES = 2;
/** An SVG that somebody opens by itself is a document: it may show its logo, and nothing else. */
const SVG_POLICY = "default-src 'none'; img-src data:";

/**
 * `/{code}/qr`: the short URL of a link as a code to scan. It says nothing that the short URL does not, so it is there
 * for every link that lives, whatever a visit would be told. It is no visit and counts nowhere.
 *
 * It stands before the visit handler, because a code and the word after it are no route; nothing of the API runs.
 */
export class QrPages {
  readonly #parts: QrPagesParts;

  constructor(parts: QrPagesParts) {
    this.#parts = parts;
  }

  /** @returns false when the path is somebody else's */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '/';
    if (!url.includes('/qr')) return false;
    const [path, query] = splitRequestUrl(url);
    const { domains, reserved } = this.#parts;
    const place = linkBefore('qr', path, request.headers.host, domains, (segment) => reserved.has(segment));
    if (!place) return false;
    const { method } = request;
    const asked = { request, response, place, query };
    if (method !== 'GET' && method !== 'HEAD') refuse(asked, 405, { Allow: 'GET, HEAD' });
    else this.#answer(asked).catch((error: unknown) => this.#fail(asked, error));
    return true;
  }

  async #answer(asked: Asked, tries = TRIES): Promise<void> {
    const { targetOf, domains, logos, pictures, clientAddress } = this.#parts;
    const { domain, code } = asked.place;
    const { link } = await targetOf(domain.id, code);
    if (!link || (link.deleteAt !== null && link.deleteAt <= Date.now())) {
      this.#notice(asked, { kind: 'unknown' });
      return;
    }
    const read = readQrStyle(asked.query);
    if ('problems' in read) {
      sendProblem(asked, unreadable(read.problems));
      return;
    }
    const text = `${domains.shortUrl(domain.id, code)}?${SCAN_MARK}`;
    const logo = read.style.logo ? await logos.findFor(link) : undefined;
    const asker = networkOf(clientAddress.of(asked.request));
    const picture = pictures.picture({ text, style: read.style, logo, asker });
    try {
      await sendPicture(asked, picture, read.style);
    } catch (error) {
      if (!(error instanceof LogoReplaced) || tries <= 1) throw error;
      await this.#answer(asked, tries - 1);
    }
  }

  #notice({ request, response }: Exchange, notice: Notice): void {
    request.resume();
    sendPage(response, renderNotice(notice, chooseLanguage(request.headers['accept-language'])));
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (exchange.request.socket.destroyed) return;
    if (error instanceof Failure && (error.code === 'busy' || error.code === 'unavailable')) {
      sendProblem(exchange, error.code === 'busy' ? BUSY : NOT_NOW);
      return;
    }
    this.#parts.onTrouble(error);
    if (!exchange.response.headersSent) this.#notice(exchange, { kind: 'unavailable' });
    else exchange.response.destroy();
  }
}

async function sendPicture(
  { request, response }: Exchange,
  picture: QrPicture,
  { format }: QrStyle,
): Promise<void> {
  const etag = `"${picture.tag}"`;
  const headers = {
    'Cache-Control': KEPT,
    ETag: etag,
    'X-Robots-Tag': 'noindex, nofollow',
    'X-Content-Type-Options': 'nosniff',
    ...(format === 'svg' ? { 'Content-Security-Policy': SVG_POLICY } : {}),
  };
  const notModified = () => {
    request.resume();
    response.writeHead(304, headers);
    response.end();
  };
  const known = entityTagsIn(request.headers['if-none-match']);
  if (known.includes(etag)) return notModified();
  const bytes = await picture.bytes();
  if (!Buffer.isBuffer(bytes)) {
    sendProblem({ request, response }, unreadable([bytes]));
    return;
  }
  // Whether there is any picture is only known now (RFC 9110, section 13.1.2).
  if (known.includes('*')) return notModified();
  request.resume();
  response.writeHead(200, {
    'Content-Type': format === 'svg' ? 'image/svg+xml' : 'image/png',
    'Content-Length': String(bytes.byteLength),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function unreadable(problems: readonly FieldProblem[]): Problem {
  const detail = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
  return problem(400, 'invalid', 'No code can be drawn like this', detail, problems);
}

const BUSY = problem(
  503,
  'busy',
  'Too much is asked at once',
  'Too many codes are being drawn; ask again in a moment.',
);

const NOT_NOW = problem(
  503,
  'unavailable',
  'The code cannot be drawn now',
  'Something it needs is away for the moment; ask again soon.',
);

function sendProblem({ request, response }: Exchange, answer: Problem): void {
  const body = JSON.stringify(answer);
  request.resume();
  response.writeHead(answer.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(answer.status === 503 ? { 'Retry-After': '2' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
