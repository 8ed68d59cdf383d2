import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Failure } from '../errors.ts';
import { prepareLogo } from './logo-picture.ts';
import { readPictureHeader } from './picture-header.ts';
import { LOGO_NAMES, logoPng, MARKED_LOGO_NAMES, TINY_JPEG } from './testing/logos.ts';

async function refusal(bytes: Buffer): Promise<string> {
  const error = await prepareLogo(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).message;
}

describe('prepareLogo', () => {
  it('makes a PNG of its own of a PNG and of a JPEG', async () => {
    for (const bytes of [await logoPng('disc', 64), TINY_JPEG]) {
      const { png, width, height, digest } = await prepareLogo(bytes);
      expect(readPictureHeader(png)).toEqual({ mediaType: 'image/png', width, height });
      expect(digest).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('keeps at most 400 pixels a side, and the proportions', async () => {
    expect(await prepareLogo(await logoPng('disc', 2_000, 500))).toMatchObject({ width: 400, height: 100 });
    expect(await prepareLogo(await logoPng('disc', 30, 90))).toMatchObject({ width: 30, height: 90 });
  });

  it('keeps nothing of what a file says besides its pixels', async () => {
    const place = Buffer.from('Exif secret place 47.37N');
    const withText = Buffer.concat([await logoPng('disc', 64), place]);
    expect((await prepareLogo(withText)).png.includes('secret place')).toBe(false);
  });

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /neither/],
    ['an SVG', Buffer.from('\ufeff <?xml version="1.0"?><svg><script/></svg>'), /export it as a PNG/],
    ['a page', Buffer.from('<!doctype html>'), /export it as a PNG/],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00'), /must be a PNG or a JPEG; these bytes are neither/],
    ['text', Buffer.from('hello'), /neither/],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await refusal(bytes)).toMatch(message);
  });

  it('refuses a picture by the size it says it has, before it decodes anything', async () => {
    const bomb = Buffer.from(await logoPng('black', 64));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(await refusal(bomb)).toMatch(/16 to 2000 pixels a side; it has 60000 × 60000/);
    expect(await refusal(await logoPng('black', 2_001, 20))).toMatch(/2001 × 20/);
    expect(await refusal(await logoPng('black', 15))).toMatch(/15 × 15/);
  });

  it('refuses what begins as a picture and is none, and what shows nothing', async () => {
    const whole = await logoPng('disc', 64);
    expect(await refusal(whole.subarray(0, 60))).toMatch(/cannot be decoded/);
    expect(await refusal(Buffer.concat([TINY_JPEG.subarray(0, 700), Buffer.alloc(50)]))).toMatch(
      /cannot be decoded|neither/,
    );
  });

  it('refuses pictures with the corner of a code in them, and no others', async () => {
    for (const name of MARKED_LOGO_NAMES) {
      for (const side of [40, 210, 900])
        expect(await refusal(await logoPng(name, side)), name).toMatch(/rings or frames/);
    }
    for (const name of LOGO_NAMES) {
      for (const side of [40, 210, 900])
        expect(await prepareLogo(await logoPng(name, side)), name).toBeDefined();
    }
  });

  it('survives any damage to a picture', async () => {
    const pictures = [await logoPng('gradient', 80), TINY_JPEG];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...pictures),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        async (picture, damages, cut) => {
          const bytes = Buffer.from(picture.subarray(0, picture.byteLength - (cut % 20)));
          for (const [at, value] of damages) bytes[at % bytes.byteLength] = value;
          const error = await prepareLogo(bytes).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          if (error !== undefined) expect(error).toBeInstanceOf(Failure);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('readPictureHeader never fails, whatever the bytes are', () => {
  const begins = fc.constantFrom('', '89504e470d0a1a0a', 'ffd8', 'ffd8ffe0', 'ffd8ffffff');
  fc.assert(
    fc.property(begins, fc.uint8Array({ maxLength: 200 }), (begin, rest) => {
      const header = readPictureHeader(Buffer.concat([Buffer.from(begin, 'hex'), rest]));
      if (header) expect([header.width, header.height].every(Number.isInteger)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
