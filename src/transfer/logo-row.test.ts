import { afterEach, expect, test } from 'vitest';
import { prepareLogo } from '../qr/logo-picture.ts';
import { PaintingThread } from '../qr/painting-thread.ts';
import { logoPng } from '../qr/testing/logos.ts';
import { logoOf } from './logo-row.ts';

let thread: PaintingThread | undefined;
afterEach(() => thread?.close());

test('a logo becomes the same on the drawing thread, where there is one, and in the thread at hand', async () => {
  const painting = new PaintingThread();
  thread = painting;
  const there = (bytes: Buffer) => painting.prepareLogo(bytes);
  const data = (await logoPng('disc')).toString('base64');
  expect(await logoOf(data, there)).toEqual(await logoOf(data, prepareLogo));
  const noPicture = Buffer.from('GIF89a').toString('base64');
  for (const prepare of [there, prepareLogo]) {
    const refused = { code: 'invalid', fields: [{ field: 'data', message: expect.stringContaining('PNG') }] };
    await expect(logoOf(noPicture, prepare)).rejects.toMatchObject(refused);
  }
  // That nobody looks at it says nothing of the logo.
  await painting.close();
  await expect(logoOf(data, there)).rejects.toMatchObject({ code: 'unavailable' });
});
