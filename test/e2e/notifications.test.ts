import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTIFICATION_TEXTS } from '../../src/api/notification-pages/texts.ts';
import { LANGUAGES } from '../../src/languages.ts';
import { Api, KEY, STRANGER } from '../api/api.ts';
import { PushService, type TestSubscription } from '../support/push-service.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';

const TEXTS = NOTIFICATION_TEXTS.en;

describe.skipIf(browserMissing)(
  `the page for notifications in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let service: PushService;
    let api: Api;
    let url: string;

    beforeAll(async () => {
      api = await Api.open(undefined, { env: { ALLOW_PRIVATE_TARGETS: 'true' } });
      url = `http://127.0.0.1:${api.port}/app/notifications`;
      service = await PushService.open();
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await service?.close();
      await api?.close();
    });

    /**
     * A page whose browser subscribes with our push service: the one of Chromium's maker cannot be reached from a closed
     * network. All else is the browser's own, the permission and the service worker too.
     *
     * @param visitor what the browser has subscribed with through a link
     */
    async function openPage(context: BrowserContext, visitor?: TestSubscription): Promise<Page> {
      const page = await context.newPage();
      await page.exposeFunction('subscribeAtTestService', (key: string) => service.subscribe(key));
      await page.addInitScript((visitor) => {
        const subscriptionOf = ({ endpoint, keys }: { endpoint: string; keys: object }) => ({
          endpoint,
          toJSON: () => ({ endpoint, expirationTime: null, keys }),
          unsubscribe: async () => {
            kept.subscription = null;
            return true;
          },
        });
        const kept: { subscription: unknown } = { subscription: visitor ? subscriptionOf(visitor) : null };
        const global = globalThis as unknown as {
          PushManager: { prototype: Record<string, unknown> };
          subscribeAtTestService(key: string): Promise<{ endpoint: string; keys: object }>;
        };
        global.PushManager.prototype.getSubscription = async () => kept.subscription;
        global.PushManager.prototype.subscribe = async (options: { applicationServerKey: Uint8Array }) => {
          const letters = String.fromCharCode(...options.applicationServerKey);
          const key = btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
          kept.subscription = subscriptionOf(await global.subscribeAtTestService(key));
          return kept.subscription;
        };
      }, visitor);
      await page.goto(url);
      return page;
    }

    const enter = async (page: Page, key: string) => {
      await page.getByLabel(TEXTS.keyLabel).fill(key);
      await page.keyboard.press('Enter');
    };
    const says = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();
    const subscribed = `(async () => {
      const { pushManager } = await navigator.serviceWorker.ready;
      return (await pushManager.getSubscription()) !== null;
    })()`;
    const listed = async () => (await api.ok('GET', '/notification-subscriptions')).subscriptions;

    for (const language of LANGUAGES) {
      it(`is accessible in light and dark, quiet, and at home at 320 pixels: ${language}`, async () => {
        const context = await browser.newContext({ locale: language, viewport: { width: 320, height: 640 } });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(url);
        expect(await page.getAttribute('html', 'lang')).toBe(language);
        await page.evaluate(axe.source);
        // Everything that can ever be seen, with long names.
        await page.evaluate(`
          const list = document.getElementById('list');
          for (const name of ['W'.repeat(100), '민지 노트북', '']) {
            const item = document.getElementById('item').content.firstElementChild.cloneNode(true);
            if (name) item.querySelector('.name').textContent = name;
            item.querySelector('.what').textContent = 'Mar 10, 2026 · updates.push.services.mozilla.com';
            for (const button of item.querySelectorAll('button')) button.setAttribute('aria-label', button.textContent + ': ' + name);
            list.append(item);
          }
          for (const one of document.querySelectorAll('.note, form, section, .this, #nobody')) one.hidden = false;
          document.getElementById('status').textContent = document.querySelector('[data-word=failed]').textContent;
        `);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await violations(page), colorScheme).toEqual([]);
        }
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        const [long = 0, short = 0] = await page
          .locator('#list .name')
          .evaluateAll((names) => names.map((one) => one.getBoundingClientRect().height));
        expect(Math.round(long / short), 'a name has two lines at most').toBe(2);
        expect(complaints).toEqual([]);
        await context.close();
      });
    }

    it('subscribes this browser, sends it a test, and takes it off again, by keyboard', async () => {
      const context = await browser.newContext({ locale: 'en' });
      await context.grantPermissions(['notifications'], { origin: new URL(url).origin });
      const page = await openPage(context);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));

      await enter(page, KEY);
      await page.getByText(TEXTS.nobody).waitFor();
      expect(await page.evaluate('document.activeElement.id')).toBe('panel-heading');
      await page.getByLabel(TEXTS.nameLabel).fill('Minji <b>laptop</b>');
      await page.keyboard.press('Enter');
      await says(page, TEXTS.words.done);
      const item = page.getByRole('listitem');
      expect(await item.count()).toBe(1);
      expect(await item.textContent()).toContain('Minji <b>laptop</b>');
      expect(await item.getByText(TEXTS.thisBrowser).isVisible()).toBe(true);
      // The worker that shows what comes is the real one.
      expect(
        await page.evaluate(
          'navigator.serviceWorker.ready.then(({ active }) => new URL(active.scriptURL).pathname)',
        ),
      ).toBe('/sw.js');

      // It is not asked for what it has said.
      await page.getByText(TEXTS.subscribed).waitFor();
      expect(await page.getByRole('button', { name: TEXTS.allow }).isVisible()).toBe(false);
      const [one] = await listed();

      await page.getByRole('button', { name: `${TEXTS.test}: Minji <b>laptop</b>` }).focus();
      await page.keyboard.press('Enter');
      await says(page, TEXTS.words.tested);
      await until(
        () => service.requests.some(({ headers }) => headers['content-encoding'] === 'aes128gcm'),
        'the test has reached the push service',
      );
      const clientHash = service.requests.at(-1)?.clientHash ?? '';
      await until(() => service.messages({ clientHash }).length === 1, 'the test could be decrypted');
      expect(service.messages({ clientHash })[0]).toMatchObject({ tag: 'test', receipts: false });

      await page.getByRole('button', { name: `${TEXTS.remove}: Minji <b>laptop</b>` }).click();
      await says(page, TEXTS.words.removed);
      // Nobody else needs the subscription, so it ends with this.
      expect(await page.evaluate(subscribed)).toBe(false);
      expect(await page.getByRole('button', { name: TEXTS.allow }).isVisible()).toBe(true);
      expect(await page.getByText(TEXTS.subscribed).isVisible()).toBe(false);
      expect(await item.count()).toBe(0);
      expect(await listed()).toEqual([]);
      await api.refused(404, 'DELETE', `/notification-subscriptions/${one.id}`);

      // The key is in the page's memory and nowhere else.
      expect(asked.filter((address) => address.includes(KEY))).toEqual([]);
      expect(
        await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
      ).toBe('[{},{},""]');
      await page.reload();
      await page.getByLabel(TEXTS.keyLabel).waitFor();
      expect(await page.getByLabel(TEXTS.keyLabel).inputValue()).toBe('');
      await context.close();
    });

    it('names a browser that nobody names, and leaves a visitor of links the subscription they share', async () => {
      const context = await browser.newContext({ locale: 'en' });
      await context.grantPermissions(['notifications'], { origin: new URL(url).origin });
      const { text } = await api.send('GET', '/app/notifications', undefined, {});
      const page = await openPage(
        context,
        await service.subscribe(/data-key="([\w-]+)"/.exec(text)?.[1] ?? ''),
      );
      await enter(page, KEY);
      await page.getByRole('button', { name: TEXTS.allow }).click();
      await says(page, TEXTS.words.done);
      expect(await page.getByRole('listitem').locator('.name').textContent()).toMatch(/^\w+.*, \w+/);
      await page.getByRole('button', { name: TEXTS.remove }).click();
      await says(page, TEXTS.words.removed);
      expect(await listed()).toEqual([]);
      expect(await page.evaluate(subscribed)).toBe(true);
      await context.close();
    });

    it('keeps its subscription for another project that has it, until the last lets go', async () => {
      const context = await browser.newContext({ locale: 'en' });
      await context.grantPermissions(['notifications'], { origin: new URL(url).origin });
      const page = await openPage(context);
      for (const key of [KEY, STRANGER]) {
        await page.evaluate('document.getElementById("key-form").hidden = false');
        await enter(page, key);
        await page.getByRole('button', { name: TEXTS.allow }).click();
        await page.getByText(TEXTS.subscribed).waitFor();
      }
      await page.getByRole('button', { name: TEXTS.remove }).click();
      await says(page, TEXTS.words.removed);
      expect(await page.evaluate(subscribed)).toBe(true);
      await page.evaluate('document.getElementById("key-form").hidden = false');
      await enter(page, KEY);
      await page.getByText(TEXTS.subscribed).waitFor();
      await page.getByRole('button', { name: TEXTS.remove }).click();
      await says(page, TEXTS.words.removed);
      expect(await page.evaluate(subscribed)).toBe(false);
      await context.close();
    });

    it('says what is wrong with a key, and lets another be entered', async () => {
      const context = await browser.newContext({ locale: 'en' });
      const page = await openPage(context);
      for (const key of ['sy_unknownunknownunknown', 'schlüssel', 'a b'])
        await enter(page, key).then(() => says(page, TEXTS.words.keyRefused));
      const { key } = await api.ok('POST', '/keys', { body: { name: 'x', scopes: ['links:read'] } });
      await enter(page, key);
      await says(page, TEXTS.words.keyLacks);
      await page.route('**/api/v1/**', (route) => route.abort());
      await enter(page, KEY);
      await says(page, TEXTS.words.unreachable);
      await page.unroute('**/api/v1/**');
      await enter(page, KEY);
      await page.getByRole('heading', { name: TEXTS.listHeading }).waitFor();
      await context.close();
    });

    it('says what to do when notifications are blocked, and does not offer what cannot be', async () => {
      const context = await browser.newContext({ locale: 'en' });
      const page = await openPage(context);
      const session = await browser.newBrowserCDPSession();
      const { origin } = new URL(url);
      const contexts = await session.send('Target.getBrowserContexts');
      const browserContextId = contexts.browserContextIds.at(-1) as string;
      await session.send('Browser.setPermission', {
        permission: { name: 'notifications' },
        setting: 'denied',
        origin,
        browserContextId,
      });
      await page.reload();
      await page.getByText(TEXTS.denied).waitFor();
      await enter(page, KEY);
      await page.getByRole('heading', { name: TEXTS.listHeading }).waitFor();
      expect(await page.getByRole('button', { name: TEXTS.allow }).isVisible()).toBe(false);
      await session.detach();
      await context.close();
    });

    it('says so where push is not supported, and still lets others be looked after', async () => {
      const context = await browser.newContext({ locale: 'en' });
      const page = await context.newPage();
      await page.addInitScript('delete window.PushManager');
      await page.goto(url);
      await page.getByText(TEXTS.unsupported).waitFor();
      await enter(page, KEY);
      await page.getByRole('heading', { name: TEXTS.listHeading }).waitFor();
      expect(await page.getByRole('button', { name: TEXTS.allow }).isVisible()).toBe(false);
      await context.close();
    });

    it('says so where the browser cannot subscribe', async () => {
      const context = await browser.newContext({ locale: 'en' });
      await context.grantPermissions(['notifications'], { origin: new URL(url).origin });
      const page = await context.newPage();
      await page.addInitScript(
        "PushManager.prototype.subscribe = async () => { throw new DOMException('no', 'AbortError') }",
      );
      await page.goto(url);
      await enter(page, KEY);
      await page.getByRole('button', { name: TEXTS.allow }).click();
      await says(page, TEXTS.words.failed);
      await context.close();
    });

    it('asks for no key on a page that was not opened safely', async () => {
      const context = await browser.newContext({ locale: 'en' });
      const page = await context.newPage();
      await page.route('http://links.test/**', async (route) => {
        const path = new URL(route.request().url()).pathname;
        const { headers, text } = await api.send('GET', path, undefined, { 'accept-language': 'en' });
        await route.fulfill({ headers: headers as Record<string, string>, body: text });
      });
      await page.goto('http://links.test/app/notifications');
      await page.getByText(TEXTS.insecure).waitFor();
      expect(await page.getByLabel(TEXTS.keyLabel).isVisible()).toBe(false);
      await context.close();
    });

    it('says that it needs a script where there is none', async () => {
      const context = await browser.newContext({ locale: 'en', javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(url);
      expect(await page.locator('noscript').innerText()).toContain(TEXTS.noScript);
      expect(await page.locator('noscript .note').isVisible()).toBe(true);
      expect(await page.locator('form').first().isVisible()).toBe(false);
      await context.close();
    });
  },
);

async function violations(page: Page): Promise<string[]> {
  const results = await page.evaluate<AxeResults>('axe.run()');
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
  );
}
