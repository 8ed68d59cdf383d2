import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logoPng } from '../../src/qr/testing/logos.ts';
import { decode, pixelsOf } from '../../src/qr/testing/qr-decoders.ts';
import { Api, type Json } from '../api/api.ts';
import { browserMissing, launchBrowser } from './browser.ts';

/** Another renderer than the one of the other suites, and one that keeps a Content-Security-Policy. */
describe.skipIf(browserMissing)('QR codes in a browser', () => {
  let api: Api;
  let browser: Browser;
  let link: Json;
  beforeAll(async () => {
    api = await Api.open();
    browser = await launchBrowser();
    link = await api.link();
    const logo = { text: await logoPng('disc'), headers: { 'content-type': 'image/png' } };
    await api.ok('PUT', '/project/qr-logo', logo);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  it.each([
    ['png', 300, 1],
    ['png', 50, 1],
    ['svg', 300, 1],
    ['svg', 171, 2],
    ['svg', 90, 1.5],
  ])('a %s of %i pixels scans on a screen of %d', async (format, size, deviceScaleFactor) => {
    const page = await browser.newPage({ deviceScaleFactor, viewport: { width: 400, height: 400 } });
    try {
      const problems: string[] = [];
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) problems.push(message.text());
      });
      await page.goto(`http://127.0.0.1:${api.port}/${link.code}/qr?format=${format}&size=${size}`);
      const text = `${link.shortUrl}?qr=1`;
      // On a busy machine Chromium sometimes has no picture yet, and says so.
      const picture = await vi.waitFor(() => page.screenshot({ type: 'png' }), { timeout: 20_000 });
      const { jsqr } = decode(await pixelsOf(picture));
      expect(jsqr).toBe(text);
      expect(problems).toEqual([]);
    } finally {
      await page.close();
    }
  });
});
