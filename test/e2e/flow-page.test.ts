import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, devices } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/languages.ts';
import { FLOW_TEXTS } from '../../src/visits/pages/flow-texts.ts';
import { TRACE_TEXTS } from '../../src/visits/pages/trace-texts.ts';
import { Api, type Json, PERSON } from '../api/api.ts';
import { browserMissing, launchBrowser } from './browser.ts';

const LONG = `https://${'shop.'.repeat(24)}example/${'sale-'.repeat(60)}?a="><b>`;
const PASSWORD = 'Open, Sesame!';

describe.skipIf(browserMissing)(
  `the flow page in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let api: Api;
    let origin: string;
    beforeAll(async () => {
      api = await Api.open();
      origin = `http://127.0.0.1:${api.port}`;
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await api?.close();
    });

    const linkWithApps = (settings: object = {}): Promise<Json> =>
      api.link({
        destination: LONG,
        settings,
        apps: {
          ios: { identifier: 'com.example.ios', appStoreId: '123456789', customScheme: 'myapp' },
          android: { identifier: 'com.example.android' },
        },
      });

    for (const language of LANGUAGES) {
      it(`is accessible in light and dark, quiet, and at home at 320 pixels: ${language}`, async () => {
        const viewport = { width: 320, height: 640 };
        const context = await browser.newContext({ locale: language, viewport, userAgent: PERSON });
        const links: Json[] = [
          await linkWithApps(),
          await linkWithApps({ maxClicks: 5 }),
          await linkWithApps({ paused: true }),
          await linkWithApps({ startsAt: '2090-01-01T00:00:00Z' }),
          await linkWithApps({ endsAt: '2020-01-01T00:00:00Z', expiredUrl: LONG }),
        ];
        for (const { code } of links) await expectAtHome(context, `${origin}/${code}?d=1`);
        await context.close();
      }, 60_000);
    }

    it.each(['iPhone 15', 'Pixel 7', 'Desktop Chrome'])(
      'tells a person with %s what happens there',
      async (name) => {
        const { code } = await linkWithApps();
        const userAgent = devices[name]?.userAgent.replace('Headless', '') ?? '';
        const context = await browser.newContext({ ...devices[name], userAgent, javaScriptEnabled: false });
        const page = await context.newPage();
        await page.goto(`${origin}/${code}?d=1`);
        const { onThisDevice, ways } = FLOW_TEXTS.en;
        const way = name === 'iPhone 15' ? ways.page : name === 'Pixel 7' ? ways.app : ways.web;
        const term = page.locator('dl', { hasText: onThisDevice });
        expect(await term.locator('b').textContent()).toBe(way);
        expect(await page.locator('ol').count()).toBe(name === 'Desktop Chrome' ? 1 : 2);
        expect(await page.getByRole('row').count()).toBe(4);
        expect(await page.getByRole('rowheader').allTextContents()).toEqual([
          'iPhone',
          'Android',
          'Computer',
        ]);
        expect(await page.locator('table b').count()).toBe(3);
        await context.close();
      },
    );

    it('comes after the password, and leads to the link without its mark', async () => {
      const { code } = await api.link({ destination: `${origin}/healthz`, settings: { password: PASSWORD } });
      const context = await browser.newContext({ locale: 'en', userAgent: PERSON });
      const page = await context.newPage();
      await page.goto(`${origin}/${code}?d=1`);
      expect(await page.locator('ol').count()).toBe(0);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button').click();
      await page.getByText(TRACE_TEXTS.en.reasons.unlocked).waitFor();
      const href = await page.getByRole('link').getAttribute('href');
      expect(href).toMatch(new RegExp(`/${code}$`));
      await page.reload();
      await page.getByText(TRACE_TEXTS.en.reasons.unlocked).waitFor();
      await context.close();
    });

    async function expectAtHome(context: BrowserContext, url: string): Promise<void> {
      const page = await context.newPage();
      const complaints: string[] = [];
      const strangers: string[] = [];
      page.on('console', (message) => {
        // Chromium reports the status of the page itself, which is a 404 on purpose.
        if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
          strangers.push(request.url());
      });
      await page.goto(url, { waitUntil: 'load' });
      expect(await page.locator('ol').count(), url).toBeGreaterThan(0);
      expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth'), url).toBe(
        false,
      );
      expect(
        await page.evaluate<string[]>(
          `[...document.querySelectorAll('h1, h2, p, a, b, dt, dd, li, th, td, small, time')].filter((element) => element.getBoundingClientRect().right > innerWidth).map((element) => element.outerHTML)`,
        ),
        url,
      ).toEqual([]);
      await page.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
          `${url}, ${colorScheme}`,
        ).toEqual([]);
      }
      expect(complaints, url).toEqual([]);
      expect(strangers, url).toEqual([]);
      await page.close();
    }
  },
);
