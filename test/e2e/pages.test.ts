import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page as BrowserPage } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../src/languages.ts';
import { renderForwardPage } from '../../src/visits/pages/forward-page.ts';
import { chooseLanguage } from '../../src/visits/pages/language.ts';
import { type Notice, renderNotice } from '../../src/visits/pages/notice-page.ts';
import type { Page } from '../../src/visits/pages/page.ts';
import { renderPasswordPage } from '../../src/visits/pages/password-page.ts';
import { renderPreviewCard } from '../../src/visits/pages/preview-card.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';

const HOSTILE_TITLE = `</title><script>document.title='owned'</script>"'>&amp; <b>Spring</b> sale`;
const IMAGE_URL = 'https://images.example/sale.svg';
const IMAGE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 6"><path d="M0 0h12v6H0z" fill="#8fb89a"/></svg>';

/** As long as a host can be. */
const DESTINATION = `https://${'shop.'.repeat(24)}example/sale`;

const notice = (told: Notice) => (language: Language) => renderNotice(told, language);

const PAGES: Readonly<Record<string, (language: Language) => Page>> = {
  '/unknown': notice({ kind: 'unknown' }),
  '/paused': notice({ kind: 'paused' }),
  '/not-started': notice({
    kind: 'notStarted',
    startsAt: Date.parse('2026-12-01T00:00:00Z'),
    timeZone: 'Asia/Seoul',
  }),
  '/ended': notice({ kind: 'ended' }),
  '/limit-reached': notice({ kind: 'limitReached' }),
  '/too-many-guesses': notice({ kind: 'tooManyGuesses', retryAfterSeconds: 431 }),
  '/protected': notice({ kind: 'protected' }),
  '/unavailable': notice({ kind: 'unavailable' }),
  '/home': notice({ kind: 'home', apiDocs: true }),
  '/card': (language) =>
    renderPreviewCard(
      { title: HOSTILE_TITLE, description: 'Half price. '.repeat(40), url: 'https://s.example/x' },
      language,
    ),
  '/card-with-image': (language) =>
    renderPreviewCard({ title: 'W'.repeat(150), imageUrl: IMAGE_URL, url: 'https://s.example/x' }, language),
  '/password': (language) =>
    renderPasswordPage({ wrong: false, from: '', shortUrl: 'https://s.example/x', action: null }, language),
  '/wrong-password': (language) =>
    renderPasswordPage(
      { wrong: true, from: 'https://a.example/"', shortUrl: 'https://s.example/x', action: null },
      language,
    ),
  '/forward': (language) =>
    renderForwardPage({ title: '', url: 'https://s.example/x', destination: DESTINATION }, language),
  '/forward-with-image': (language) =>
    renderForwardPage(
      {
        title: 'W'.repeat(150),
        description: 'Half price. '.repeat(40),
        imageUrl: IMAGE_URL,
        url: 'https://s.example/x',
        destination: DESTINATION,
      },
      language,
    ),
};

/** What a page asks of others, and is meant to. */
const ASKS_FOR: Readonly<Record<string, readonly string[]>> = {
  '/card-with-image': [IMAGE_URL],
  '/forward': [DESTINATION],
  '/forward-with-image': [DESTINATION, IMAGE_URL],
};

/** Everything a page did that it should not have. */
interface Watch {
  readonly complaints: string[];
  readonly strangers: string[];
}

function watch(page: BrowserPage, origin: string): Watch {
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    // Chromium reports the status of the page itself, which is a 404 on purpose.
    const ownStatus =
      message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (!ownStatus) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) strangers.push(url);
  });
  return { complaints, strangers };
}

it.each(Object.keys(PAGES))('%s is below 15 kB in every language', (path) => {
  for (const language of LANGUAGES)
    expect(PAGES[path]?.(language).body.byteLength, language).toBeLessThan(15_000);
});

describe.skipIf(browserMissing)(
  `the pages in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let server: Server;
    let origin: string;

    beforeAll(async () => {
      server = createServer((request, response) => {
        const page = PAGES[request.url ?? '']?.(chooseLanguage(request.headers['accept-language']));
        if (page) response.writeHead(page.status, page.headers).end(page.body);
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser?.close();
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    });

    for (const language of LANGUAGES) {
      it(`are accessible in light and dark, quiet, and at home at 320 pixels: ${language}`, async () => {
        const context = await browser.newContext({ locale: language, viewport: { width: 320, height: 640 } });
        await context.route(IMAGE_URL, (route) =>
          route.fulfill({ contentType: 'image/svg+xml', body: IMAGE }),
        );
        // A navigation that is answered 204 leaves the page standing, to be looked at.
        await context.route(DESTINATION, (route) => route.fulfill({ status: 204 }));
        const page = await context.newPage();
        const { complaints, strangers } = watch(page, origin);
        for (const path of Object.keys(PAGES)) {
          const where = `${path} in ${language}`;
          await page.goto(origin + path, { waitUntil: 'load' });

          expect(await page.getAttribute('html', 'lang'), where).toBe(language);
          expect(await textsWiderThanTheScreen(page), where).toEqual([]);
          expect(await scrollsSideways(page), where).toBe(false);
          await page.evaluate(axe.source);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            expect(await violations(page), `${where}, ${colorScheme}`).toEqual([]);
          }
          expect(complaints, where).toEqual([]);
          await until(() => strangers.length >= (ASKS_FOR[path] ?? []).length, `${where} has asked for all`);
          expect(strangers.splice(0).sort(), where).toEqual([...(ASKS_FOR[path] ?? [])].sort());
        }
        await context.close();
      }, 60_000);
    }

    it('read a hostile title as text', async () => {
      const page = await browser.newPage();
      await page.goto(`${origin}/card`);
      expect(await page.title()).toBe(HOSTILE_TITLE);
      expect(await page.textContent('h1')).toBe(HOSTILE_TITLE);
      expect(await page.getAttribute('meta[property="og:title"]', 'content')).toBe(HOSTILE_TITLE);
      expect(await page.locator('script, b').count()).toBe(0);
      await page.close();
    });

    it('keep still for whoever asks for less motion', async () => {
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      await page.goto(`${origin}/ended`);
      expect(await page.evaluate('document.getAnimations().length')).toBe(0);
      await page.close();
    });

    it('show where the focus is, on everything that can have it', async () => {
      const page = await browser.newPage();
      await page.route(DESTINATION, (route) => route.fulfill({ status: 204 }));
      for (const path of Object.keys(PAGES)) {
        await page.goto(origin + path);
        const outlines = await page.evaluate<
          string[]
        >(`[...document.querySelectorAll('a, input:not([hidden]):not([type=hidden]), button')]
          .map((element) => (element.focus({ focusVisible: true }), getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth))`);
        expect(new Set(['solid3px', ...outlines]), path).toEqual(new Set(['solid3px']));
      }
      await page.close();
    });

    it('let a visitor try again with the keyboard alone', async () => {
      const page = await browser.newPage();
      await page.goto(`${origin}/unavailable`);
      await page.keyboard.press('Tab');
      const again = page.waitForRequest(`${origin}/unavailable`);
      await page.keyboard.press('Enter');
      await again;
      await page.close();
    });
  },
);

async function violations(page: BrowserPage): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

function scrollsSideways(page: BrowserPage): Promise<boolean> {
  return page.evaluate<boolean>(
    'scrollTo(1000, 0), scrollX > 0 || document.documentElement.scrollWidth > innerWidth',
  );
}

/** Clipped text would not scroll, and be lost all the same. */
function textsWiderThanTheScreen(page: BrowserPage): Promise<string[]> {
  return page.evaluate<
    string[]
  >(`[...document.querySelectorAll('h1, p, a, b, dt, dd, time, small, img, label, input:not([hidden]):not([type=hidden]), button, footer')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
    .map((element) => element.outerHTML)`);
}
