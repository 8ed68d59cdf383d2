import { Failure } from '../errors.ts';
import { TurnedAway, Turnstile } from '../links/turnstile.ts';
import type { PreparedLogo } from '../qr/logo-picture.ts';

/**
 * As large as a picture of 400 pixels a side can be when it is kept: four bytes a pixel, which noise does not let a PNG
 * make fewer of. An upload may be smaller than what is made of it.
 */
const MOST_LOGO_BYTES = 400 * 400 * 4 + 4_096;
/** In base64. */
export const MOST_LOGO_CHARACTERS = Math.ceil(MOST_LOGO_BYTES / 3) * 4;

/** Makes of a picture what is kept of it, wherever there is time for that. @throws Failure `invalid`, `unavailable` */
export type PrepareLogo = (bytes: Buffer) => Promise<PreparedLogo>;

/** One at a time: whoever wants a code drawn meanwhile waits for no more. */
const readers = new Turnstile(1, 20);

/**
 * What an upload of the picture would keep.
 *
 * @param data base64
 * @throws Failure `invalid`, naming `data`; `busy`, `unavailable`
 */
export async function logoOf(data: string, prepare: PrepareLogo): Promise<PreparedLogo> {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) throw Failure.invalidField('data', 'must be base64');
  try {
    return await readers.pass(() => prepare(Buffer.from(data, 'base64')));
  } catch (error) {
    if (error instanceof TurnedAway)
      throw new Failure('busy', 'Too many pictures are being read; try again in a moment.');
    if (!(error instanceof Failure) || error.code !== 'invalid') throw error;
    throw Failure.invalid(error.fields.map(({ message }) => ({ field: 'data', message })));
  }
}
