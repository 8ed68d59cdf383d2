import { Failure } from '../errors.ts';
import { TurnedAway, Turnstile } from '../links/turnstile.ts';
import { type PreparedLogo, prepareLogo } from '../qr/logo-picture.ts';

/**
 * As large as a picture of 400 pixels a side can be when it is kept: four bytes a pixel, which noise does not let a PNG
 * make fewer of. An upload may be smaller than what is made of it.
 */
const MOST_LOGO_BYTES = 400 * 400 * 4 + 4_096;
/** In base64. */
export const MOST_LOGO_CHARACTERS = Math.ceil(MOST_LOGO_BYTES / 3) * 4;

/** Decoding takes a thread of the pool, which has four for everything. */
const readers = new Turnstile(1, 20);

/**
 * What an upload of the picture would keep.
 *
 * @param data base64
 * @throws Failure `invalid`, naming `data`; `busy`
 */
export async function logoOf(data: string): Promise<PreparedLogo> {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) throw Failure.invalidField('data', 'must be base64');
  try {
    return await readers.pass(() => prepareLogo(Buffer.from(data, 'base64')));
  } catch (error) {
    if (error instanceof TurnedAway)
      throw new Failure('busy', 'Too many pictures are being read; try again in a moment.');
    if (!(error instanceof Failure)) throw error;
    throw Failure.invalid(error.fields.map(({ message }) => ({ field: 'data', message })));
  }
}
