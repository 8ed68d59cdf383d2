import type { IncomingMessage } from 'node:http';

/** What our own form can fill: 64 characters of password and 500 of referrer, percent-encoded, with room to spare. */
export const LONGEST_FORM_BYTES = 4_096;
const LONGEST_FROM = 500;

/** A form that was posted to a short link, or why there is none. */
export type FormPost =
  | { readonly kind: 'form'; readonly password: string | undefined; readonly from: string }
  | { readonly kind: 'notAForm' }
  | { readonly kind: 'tooLarge' }
  /** Nobody is there any more to be answered. */
  | { readonly kind: 'aborted' };

export function hasPassword(form: FormPost): boolean {
  return form.kind === 'form' && form.password !== undefined;
}

/** Reads a form of bounded size. Never rejects; what is not read is let go, so that the connection stays usable. */
export function readFormPost(request: IncomingMessage): Promise<FormPost> {
  if (!isForm(request.headers['content-type'])) {
    request.resume();
    return Promise.resolve({ kind: 'notAForm' });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= LONGEST_FORM_BYTES) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve({ kind: 'tooLarge' });
      }
    });
    request.on('end', () => resolve(parseForm(Buffer.concat(chunks).toString('utf8'))));
    // A connection that breaks says one of these, perhaps both; after an end or a resolution neither matters.
    request.on('error', () => resolve({ kind: 'aborted' }));
    request.on('close', () => resolve({ kind: 'aborted' }));
  });
}

export function parseForm(body: string): FormPost {
  const fields = new URLSearchParams(body);
  return {
    kind: 'form',
    password: fields.get('password') ?? undefined,
    from: referrerIn(fields.get('from')),
  };
}

/**
 * Where a visitor came from, as far as it may travel through a form into statistics: an http or https URL of bounded
 * length, else empty. It is as trustworthy as the `Referer` it was: not at all.
 */
export function referrerIn(referrer: string | null | undefined): string {
  if (!referrer || referrer.length > LONGEST_FROM) return '';
  return /^https?:\/\/[\x21-\x7e]+$/i.test(referrer) && URL.canParse(referrer) ? referrer : '';
}

function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? '');
}
