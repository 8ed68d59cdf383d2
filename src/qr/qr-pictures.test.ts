import { expect, test } from 'vitest';
import { TurnedAway } from '../links/turnstile.ts';
import { prepareLogo } from './logo-picture.ts';
import { type FoundLogo, QrPictures } from './qr-pictures.ts';
import { USUAL_STYLE } from './qr-style.ts';
import { logoPng } from './testing/logos.ts';

const TEXT = 'https://go.example/abc?qr=1';

function planned(pictures: QrPictures, text = TEXT, style = {}, logo?: FoundLogo) {
  const { tag, bytes } = pictures.picture(text, { ...USUAL_STYLE, ...style }, logo);
  return {
    tag,
    async bytes(): Promise<Buffer> {
      const painted = await bytes();
      if ('message' in painted) throw new Error(painted.message);
      return painted;
    },
  };
}

test('a picture is painted once for all who ask, and remembered', async () => {
  const pictures = new QrPictures();
  const [first, second] = await Promise.all([planned(pictures).bytes(), planned(pictures).bytes()]);
  expect(second).toBe(first);
  expect(await planned(pictures).bytes()).toBe(first);
});

test('another style, text or logo is another picture; a logo that is not drawn is none', async () => {
  const pictures = new QrPictures();
  const { png, digest } = await prepareLogo(await logoPng('disc'));
  const logo: FoundLogo = { digest, load: async () => ({ png, digest }) };
  const tags = [
    planned(pictures),
    planned(pictures, `${TEXT}1`),
    planned(pictures, TEXT, { size: 301 }),
    planned(pictures, TEXT, { margin: 5 }),
    planned(pictures, TEXT, { color: '#000001' }),
    planned(pictures, TEXT, { background: 'transparent' }),
    planned(pictures, TEXT, { correction: 'L' }),
    planned(pictures, TEXT, { format: 'svg' }),
    planned(pictures, TEXT, {}, logo),
  ].map(({ tag }) => tag);
  expect(new Set(tags).size).toBe(tags.length);
  expect(planned(pictures, TEXT, { logo: false }, logo).tag).toBe(tags[0]);
});

test('what cannot be had is not remembered', async () => {
  const pictures = new QrPictures();
  const { png, digest } = await prepareLogo(await logoPng('disc'));
  const away: FoundLogo = { digest, load: () => Promise.reject(new Error('away')) };
  await expect(planned(pictures, TEXT, {}, away).bytes()).rejects.toThrow('away');
  const there: FoundLogo = { digest, load: async () => ({ png, digest }) };
  expect((await planned(pictures, TEXT, {}, there).bytes()).byteLength).toBeGreaterThan(500);
});

test('who comes when too many wait is turned away, and the others get theirs', async () => {
  const pictures = new QrPictures();
  const asked = Array.from({ length: 100 }, (_, at) => planned(pictures, `${TEXT}${at}`).bytes());
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(48);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(TurnedAway);
  expect((await planned(pictures, `${TEXT}99`).bytes()).byteLength).toBeGreaterThan(100);
});
