import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import axe, { type AxeResults } from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  devices,
  type Page,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseIntent } from '../../src/deeplinks/testing/parse-intent.ts';
import { USER_AGENTS } from '../../src/deeplinks/testing/user-agents.ts';
import { LANGUAGES } from '../../src/languages.ts';
import { TEXTS } from '../../src/visits/pages/texts.ts';
import { Api, type Json, PUBLIC_HOST } from '../api/api.ts';
import { selfSigned } from '../support/self-signed.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';
import { followTo, tapTo } from './tap.ts';

const SHORT = `http://${PUBLIC_HOST}`;
const START = 'https://chat.example/';
const WEB = 'https://shop.example/p/1';
const DESKTOP = 'https://www.shop.example/';
const APP_STORE = 'https://apps.apple.com/app/id123456789';
const IOS = { identifier: 'com.example.shop', appStoreId: '123456789' };
const WITH_SCHEME = { ...IOS, customScheme: 'shop' };
const ANDROID = { identifier: 'com.example.shop' };

/** Chromium says which version it is in hints of its own as well, which is why all of a device is taken. */
const IPHONE: BrowserContextOptions = devices['iPhone 15'] ?? {};
const IPAD: BrowserContextOptions = devices['iPad Pro 11'] ?? {};
const PIXEL: BrowserContextOptions = devices['Pixel 7'] ?? {};
const MAC: BrowserContextOptions = { ...devices['Desktop Safari'], userAgent: USER_AGENTS.macOrIpadSafari };
/** Since iPadOS 13 it says what a Mac says; a finger is all that tells them apart. */
const IPAD_AS_MAC: BrowserContextOptions = { ...IPAD, userAgent: USER_AGENTS.macOrIpadSafari };
const DESK: BrowserContextOptions = devices['Desktop Chrome'] ?? {};

/**
 * From a message with a link in it to the page somebody ends on, through the whole product and back again. Every host
 * but the short domain is one server here, which says where one has come to.
 */
describe.skipIf(browserMissing)(
  `links that open apps, in Chromium as different devices${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let api: Api;
    let elsewhere: Server;
    let browser: Browser;
    const contexts: BrowserContext[] = [];
    /** Hosts that were asked for anything, and how often the short domain was. */
    const asked: string[] = [];

    beforeAll(async () => {
      api = await Api.open();
      elsewhere = createServer(selfSigned('elsewhere.example'), (request, response) => {
        const { host = '', referer = '' } = request.headers;
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(
          `<!doctype html><link rel="icon" href="data:,"><title>${host}</title><h1>${host}${request.url}</h1>` +
            `<p id="from">${referer}</p>`,
        );
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      browser = await launchBrowser([
        `--host-resolver-rules=MAP ${PUBLIC_HOST} 127.0.0.1:${api.port}, MAP * 127.0.0.1:${port}`,
        '--ignore-certificate-errors',
      ]);
    });
    afterEach(async () => {
      for (const context of contexts.splice(0)) await context.close();
    });
    afterAll(async () => {
      await browser?.close();
      elsewhere?.closeAllConnections();
      await new Promise((resolve) => elsewhere?.close(resolve));
      await api?.close();
    });

    const link = async (input: object = {}): Promise<string> => {
      const { code }: Json = await api.link({
        destination: WEB,
        desktopUrl: DESKTOP,
        apps: { ios: WITH_SCHEME, android: ANDROID },
        ...input,
      });
      return `${SHORT}/${code}`;
    };

    /** A page that shows what somebody was reading, with the short link in it. */
    async function reading(
      url: string,
      device: BrowserContextOptions,
      more: BrowserContextOptions = {},
    ): Promise<Page> {
      const context = await browser.newContext({ ...device, locale: 'en', ignoreHTTPSErrors: true, ...more });
      contexts.push(context);
      const page = await context.newPage();
      asked.length = 0;
      page.on('request', (request) => {
        if (request.url().startsWith('http')) asked.push(new URL(request.url()).host);
      });
      await page.route(START, (route) =>
        route.fulfill({ contentType: 'text/html', body: `<a id="link" href="${url}">Look at this</a>` }),
      );
      await page.goto(START);
      return page;
    }

    const visits = () => asked.filter((host) => host === PUBLIC_HOST).length;
    const ways = (page: Page) =>
      page
        .locator('main a')
        .evaluateAll((found) =>
          found.map((one): [string, string] => [one.id, (one as unknown as { href: string }).href]),
        );

    /** Where a redirect led that Chromium does not follow, because it opens something outside of it. */
    async function tapped(page: Page): Promise<string> {
      let location = '';
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      session.on('Network.responseReceivedExtraInfo', ({ statusCode, headers }) => {
        const { location: led = '' } = Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
        );
        if (statusCode === 302) location = led;
      });
      await page.locator('#link').click();
      await until(() => location !== '', 'the short domain has answered');
      return location;
    }

    /** Taps the link and ends there, by as many visits; Back leads to what one was reading, and no further. */
    async function expectToEndAt(page: Page, wanted: string | RegExp): Promise<void> {
      await page.locator('#link').click();
      await page.waitForURL(wanted);
      expect(visits()).toBe(1);
      await page.goBack();
      await page.waitForURL(START);
      expect(visits(), 'Back asks nobody').toBe(1);
    }

    for (const javaScriptEnabled of [true, false]) {
      const how = javaScriptEnabled ? 'with scripts' : 'without scripts';

      it(`an iPhone without a scheme to try goes straight to the store, ${how}`, async () => {
        const url = await link({ apps: { ios: IOS, android: ANDROID } });
        await expectToEndAt(await reading(url, IPHONE, { javaScriptEnabled }), APP_STORE);
      });

      it.each([
        ['an iPhone', IPHONE, WEB],
        ['an iPad', IPAD, WEB],
        // Without scripts nobody can tell it from a Mac.
        ...(javaScriptEnabled ? ([['an iPad that says it is a Mac', IPAD_AS_MAC, WEB]] as const) : []),
      ] as const)(`%s gets a page with every way to tap, and stays on it, ${how}`, async (_, device, web) => {
        const page = await reading(await link(), device, { javaScriptEnabled });
        await page.locator('#link').click();
        await page.locator('#app').waitFor();
        await page.waitForLoadState('networkidle');
        expect(await ways(page)).toEqual([
          ['app', 'shop://shop.example/p/1'],
          ['store', APP_STORE],
          ['web', web],
        ]);
        const stays = page.url();
        expect(stays).toMatch(new RegExp(`^${SHORT}/`));

        for (const [way, place] of [
          ['#store', APP_STORE],
          ['#web', web],
        ] as const) {
          await tapTo(page, way, place);
          await page.goBack();
          await page.locator('#app').waitFor();
          expect(page.url()).toBe(stays);
        }
        // Nobody has such an app here, and the page is still there for those who have not.
        await page.locator('#app').tap();
        await followTo(page, '#web', web);
        await page.goBack();
        await page.goBack();
        await page.waitForURL(START);
      });

      it(`a Mac goes to the web, and Back does not lead it there again, ${how}`, async () => {
        const page = await reading(await link(), MAC, { javaScriptEnabled });
        await page.locator('#link').click();
        await page.waitForURL(DESKTOP);
        expect(visits()).toBe(1);
        await page.goBack();
        await page.waitForURL(START);
        expect(visits()).toBe(1);
      });

      it.each([
        ['a Mac', MAC, {}],
        ['a page that leads on', DESK, { redirectType: 200 }],
        ['a question about notifications', DESK, { pushSubscription: true }],
      ] as const)(`nobody is led in a circle: %s, ${how}`, async (_, device, settings) => {
        const first = await api.link({ destination: WEB, apps: { ios: WITH_SCHEME }, settings });
        const second = await link({ destination: `${SHORT}/${first.code}`, desktopUrl: null, settings });
        await api.ok('PATCH', `/links/${first.id}`, { body: { desktopUrl: second } });
        const page = await reading(second, device, { javaScriptEnabled });
        let ended = '';
        page.on('requestfailed', (request) => {
          ended = request.failure()?.errorText ?? '';
        });
        await page.locator('#link').click();
        await until(() => ended === 'net::ERR_TOO_MANY_REDIRECTS', 'the browser has seen the circle');
      });

      it(`a desktop goes to its own destination, ${how}`, async () => {
        await expectToEndAt(await reading(await link(), DESK, { javaScriptEnabled }), DESKTOP);
      });

      it(`a phone for which the link has no app goes to the web, ${how}`, async () => {
        const url = await link({ apps: { ios: WITH_SCHEME } });
        await expectToEndAt(await reading(url, PIXEL, { javaScriptEnabled }), WEB);
      });

      it(`a Pixel is given an intent, whose fallback is the store with campaign and click, ${how}`, async () => {
        const url = await link({ campaign: { source: 'chat' } });
        const page = await reading(url, PIXEL, { javaScriptEnabled });
        const location = await tapped(page);
        const intent = parseIntent(location);
        expect(intent).toMatchObject({ data: `${WEB}?utm_source=chat`, package: 'com.example.shop' });
        // What Chrome on Android does where the app is missing, and Chromium on a desktop does not know.
        await page.goto(/S\.browser_fallback_url=([^;]+)/.exec(location)?.map(decodeURIComponent)[1] ?? '');
        const store = new URL(page.url());
        expect(store.origin + store.pathname).toBe('https://play.google.com/store/apps/details');
        const referrer = new URLSearchParams(store.searchParams.get('referrer') ?? '');
        expect(referrer.get('utm_source')).toBe('chat');
        expect(referrer.get('click_id')).toMatch(/^[0-9a-f]{32}$/);
      });

      it(`Instagram on Android gets a page that leaves the choice to its reader, ${how}`, async () => {
        const device = { ...PIXEL, userAgent: USER_AGENTS.androidInstagram };
        const page = await reading(await link(), device, { javaScriptEnabled });
        await page.locator('#link').click();
        await page.locator('#app').waitFor();
        const [[, app] = ['', ''], [, store] = ['', '']] = await ways(page);
        expect(parseIntent(app)).toMatchObject({ data: WEB, package: 'com.example.shop' });
        expect(store).toMatch(/^https:\/\/play\.google\.com\//);
        await tapTo(page, '#store', /^https:\/\/play\.google\.com\//);
        await page.goBack();
        await tapTo(page, '#web', WEB);
      });

      it(`KakaoTalk is asked to hand the link on, once, ${how}`, async () => {
        const device = { ...IPHONE, userAgent: USER_AGENTS.iphoneKakao };
        const url = await link();
        const page = await reading(url, device, { javaScriptEnabled });
        const location = await tapped(page);
        expect(location).toMatch(/^kakaotalk:\/\/web\/openExternal\?url=/);
        const handed = new URL(location).searchParams.get('url') ?? '';
        // If it does not, and shows the URL itself, there is something to tap.
        const shown = await page.context().newPage();
        await shown.goto(handed);
        await tapTo(shown, '#store', APP_STORE);
      });

      it(`a password comes first, and then the same page, ${how}`, async () => {
        const group = await api.group({ password: 'open sesame' });
        const page = await reading(await link({ groupId: group.id }), IPHONE, { javaScriptEnabled });
        await page.locator('#link').click();
        await page.locator('input[name=password]').fill('open sesame');
        expect(await page.content()).not.toContain('shop.example');
        await page.locator('button').tap();
        await page.locator('#app').waitFor();
        expect((await ways(page)).map(([id]) => id)).toEqual(['app', 'store', 'web']);
        await tapTo(page, '#web', WEB);
      });
    }

    it('NAVER on Android opens the app by itself, once: not with Back, not when the page is loaded again', async () => {
      const device = { ...PIXEL, userAgent: USER_AGENTS.androidNaver };
      const page = await reading(await link(), device);
      const opened: string[] = [];
      const session = await page.context().newCDPSession(page);
      await session.send('Page.enable');
      session.on('Page.frameRequestedNavigation', ({ url }) => {
        if (url.startsWith('intent:')) opened.push(url);
      });
      await page.locator('#link').click();
      await until(() => opened.length > 0, 'the page has tried to open the app');
      await followTo(page, '#web', WEB);
      await page.goBack();
      await page.locator('#app').waitFor();
      await page.reload();
      await page.waitForLoadState('networkidle');
      expect(opened).toHaveLength(1);
      expect(parseIntent(opened[0] ?? '')).toMatchObject({ data: WEB, package: 'com.example.shop' });
    });

    it('destinations learn which site sent somebody, not which link', async () => {
      const page = await reading(await link(), IPHONE);
      await page.locator('#link').click();
      await tapTo(page, '#web', WEB);
      expect(['', `${SHORT}/`]).toContain(await page.textContent('#from'));
    });

    for (const language of LANGUAGES) {
      it(`the page is accessible in light and dark, quiet, and at home at 320 pixels: ${language}`, async () => {
        for (const title of ['', `<b>${'W'.repeat(150)}`]) {
          const url = await link({ title, description: 'Half price. '.repeat(20) });
          const narrow = { locale: language, viewport: { width: 320, height: 568 } };
          const page = await reading(url, IPHONE, narrow);
          const complaints: string[] = [];
          page.on('console', (message) => complaints.push(message.text()));
          page.on('pageerror', (error) => complaints.push(String(error)));
          await page.locator('#link').click();
          await page.locator('#app').waitFor();
          await page.waitForLoadState('networkidle');
          expect(await page.getAttribute('html', 'lang')).toBe(language);
          expect(await page.textContent('h1')).toBe(title === '' ? TEXTS[language].openHeading : title);
          expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
          // WCAG 2.5.8 asks for 24; a thumb is glad of more.
          for (const way of await page.locator('main a').all()) {
            const box = await way.boundingBox();
            expect(box?.height).toBeGreaterThanOrEqual(36);
            expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(320);
          }
          // By hand over the protocol: the page's own policy lets no script in.
          await page.evaluate(axe.source);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
            expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([]);
          }
          expect(complaints).toEqual([]);
          expect(new Set(asked), 'no third party').toEqual(new Set(['chat.example', PUBLIC_HOST]));
        }
      });
    }
  },
);
