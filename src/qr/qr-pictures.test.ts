import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareLogo } from './logo-picture.ts';
import { PaintingThread } from './painting-thread.ts';
import { type FoundLogo, QrPictures } from './qr-pictures.ts';
import { USUAL_STYLE } from './qr-style.ts';
import { logoPng } from './testing/logos.ts';

const TEXT = 'https://go.example/abc?qr=1';

let thread: PaintingThread;
let pictures: QrPictures;
beforeEach(() => {
  thread = new PaintingThread();
  pictures = new QrPictures(thread);
});
afterEach(() => thread.close());

function planned(text = TEXT, style = {}, logo?: FoundLogo, asker = '192.0.2.1') {
  const { tag, bytes } = pictures.picture({ text, style: { ...USUAL_STYLE, ...style }, logo, asker });
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
  const [first, second] = await Promise.all([planned().bytes(), planned().bytes()]);
  expect(second).toBe(first);
  expect(await planned().bytes()).toBe(first);
});

test('another style, text or logo is another picture; a logo that is not drawn is none', async () => {
  const { png, digest } = await prepareLogo(await logoPng('disc'));
  const logo: FoundLogo = { digest, load: async () => ({ png, digest }) };
  const tags = [
    planned(),
    planned(`${TEXT}1`),
    planned(TEXT, { size: 301 }),
    planned(TEXT, { margin: 5 }),
    planned(TEXT, { color: '#000001' }),
    planned(TEXT, { background: 'transparent' }),
    planned(TEXT, { correction: 'L' }),
    planned(TEXT, { format: 'svg' }),
    planned(TEXT, {}, logo),
  ].map(({ tag }) => tag);
  expect(new Set(tags).size).toBe(tags.length);
  expect(planned(TEXT, { logo: false }, logo).tag).toBe(tags[0]);
});

test('what cannot be had is not remembered', async () => {
  const { png, digest } = await prepareLogo(await logoPng('disc'));
  const away: FoundLogo = { digest, load: () => Promise.reject(new Error('away')) };
  await expect(planned(TEXT, {}, away).bytes()).rejects.toThrow('away');
  const there: FoundLogo = { digest, load: async () => ({ png, digest }) };
  expect((await planned(TEXT, {}, there).bytes()).byteLength).toBeGreaterThan(500);
});

test('a logo is drawn, from whatever memory it is in', async () => {
  const { png, digest } = await prepareLogo(await logoPng('disc'));
  const shared = Buffer.from(new SharedArrayBuffer(png.byteLength));
  png.copy(shared);
  const bare = await planned().bytes();
  const own = await planned(TEXT, {}, { digest, load: async () => ({ png, digest }) }).bytes();
  const others = await planned(
    TEXT,
    {},
    { digest: `${digest}2`, load: async () => ({ png: shared, digest }) },
  ).bytes();
  expect(others).toEqual(own);
  expect(own).not.toEqual(bare);
  expect(png.byteLength, 'it stays with whoever has it').toBeGreaterThan(100);
});

const many = (count: number, asker: string) =>
  Array.from({ length: count }, (_, at) => planned(`${TEXT}&${asker}${at}`, {}, undefined, asker).bytes());

test('who asks for too much at once is told to come again, and gets what he has asked for before', async () => {
  const outcomes = await Promise.allSettled(many(100, 'flood'));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(49);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'busy' });
  expect((await planned(`${TEXT}99`).bytes()).byteLength).toBeGreaterThan(100);
});

test('others are painted between those of who asks for many', async () => {
  const order: string[] = [];
  const noted = (asker: string) => (picture: Promise<Buffer>) => picture.then(() => order.push(asker));
  const flood = many(51, 'flood').map(noted('flood'));
  const others = ['one', 'another'].flatMap((asker) => many(2, asker).map(noted(asker)));
  await Promise.all([...flood, ...others]);
  expect(order.slice(0, 8).filter((asker) => asker !== 'flood')).toHaveLength(4);
});

test('many who ask at once fill the room, and no more of it than there is', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, at) => many(40, `network ${at}`)).flat(),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(400 - 252);
});
