import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, type BrowserContextOptions, devices } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { USER_AGENTS } from '../../src/deeplinks/testing/user-agents.ts';
import { Api, type Json, KEY, PUBLIC_HOST } from '../api/api.ts';
import { selfSigned } from '../support/self-signed.ts';
import { browserMissing, launchBrowser } from './browser.ts';
import { tapTo } from './tap.ts';

const SHORT = `http://${PUBLIC_HOST}`;
const WEB = 'https://shop.example/p/1';
const APP_STORE = 'https://apps.apple.com/app/id123456789';
const IOS = { identifier: 'com.example.shop', appStoreId: '123456789', customScheme: 'shop' };

const IPHONE: BrowserContextOptions = devices['iPhone 15'] ?? {};
/** Nothing but a finger tells it from a Mac, and no likeness ever finds its click. */
const IPAD_AS_MAC: BrowserContextOptions = {
  ...devices['iPad Pro 11'],
  userAgent: USER_AGENTS.macOrIpadSafari,
};

describe.skipIf(browserMissing)(
  `from the tap on a link to the app that was installed for it, in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let api: Api;
    let elsewhere: Server;
    let rules: string;
    /** Takes the short domain for one that has https. */
    let secure: Browser;
    let plain: Browser;
    const contexts: BrowserContext[] = [];

    beforeAll(async () => {
      api = await Api.open();
      elsewhere = createServer(selfSigned('elsewhere.example'), (_, response) => {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end('<!doctype html><link rel="icon" href="data:,"><title>elsewhere</title>');
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      rules = `--host-resolver-rules=MAP ${PUBLIC_HOST} 127.0.0.1:${api.port}, MAP * 127.0.0.1:${port}`;
      const both = [rules, '--ignore-certificate-errors'];
      secure = await launchBrowser([...both, `--unsafely-treat-insecure-origin-as-secure=${SHORT}`]);
      plain = await launchBrowser(both);
    });
    afterEach(async () => {
      for (const context of contexts.splice(0)) await context.close();
    });
    afterAll(async () => {
      await secure?.close();
      await plain?.close();
      elsewhere?.closeAllConnections();
      await new Promise((resolve) => elsewhere?.close(resolve));
      await api?.close();
    });

    /** The page of a new link, with a text of somebody's own in the clipboard. */
    async function opened(browser: Browser, device: BrowserContextOptions, more: BrowserContextOptions = {}) {
      const { code, shortUrl }: Json = await api.link({ destination: WEB, apps: { ios: IOS } });
      const permissions = ['clipboard-read', 'clipboard-write'];
      const options = { ...device, ignoreHTTPSErrors: true, permissions, ...more };
      const context = await browser.newContext(options);
      contexts.push(context);
      const own = await context.newPage();
      await own.goto(WEB);
      await own.evaluate("navigator.clipboard.writeText('my own')");
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(`${SHORT}/${code}`);
      await page.locator('#store').waitFor();
      const pasted = async (): Promise<string> => {
        await own.bringToFront();
        return await own.evaluate('navigator.clipboard.readText()');
      };
      return { page, shortUrl, complaints, pasted };
    }

    const bearer = { authorization: `Bearer ${KEY}`, 'x-forwarded-for': '203.0.113.77' };
    const ask = async (clipboardUrl: string): Promise<Json> => {
      const headers = { ...bearer, 'content-type': 'application/json' };
      const body = JSON.stringify({ platform: 'ios', deviceId: randomUUID(), clipboardUrl });
      return (await api.send('POST', '/1.0/deferred/resolve', body, headers)).json.data;
    };

    it.each([
      ['an iPad that says it is a Mac', IPAD_AS_MAC],
      ['an iPhone', IPHONE],
    ])('%s takes the click along to the store, and the app is told of it, once', async (_, device) => {
      const { page, shortUrl, complaints, pasted } = await opened(secure, device);
      expect(await pasted(), 'nothing is copied before the tap').toBe('my own');
      await page.bringToFront();
      await tapTo(page, '#store', APP_STORE);
      const clipboardUrl = await pasted();
      expect(clipboardUrl).toMatch(new RegExp(`^${shortUrl}\\?click_id=[0-9a-f]{32}$`));
      expect(await ask(clipboardUrl)).toMatchObject({
        matched: true,
        matchMethod: 'clipboard',
        confidence: 1,
        clickId: clipboardUrl.slice(-32),
        deepLink: WEB,
        shortUrl,
      });
      expect(await ask(clipboardUrl)).toMatchObject({ matched: false });
      expect(complaints).toEqual([]);
    });

    it('the SDK’s own call takes it as well', async () => {
      const { page, pasted } = await opened(secure, IPAD_AS_MAC);
      await tapTo(page, '#store', APP_STORE);
      const query = new URLSearchParams({
        device_id: randomUUID(),
        platform: 'ios',
        clipboard_url: await pasted(),
      });
      const { json } = await api.send('GET', `/api/v1/deferred-link?${query}`, undefined, bearer);
      expect(json).toEqual({ originalUrl: WEB, path: '/p/1', parameters: {} });
    });

    it.each(['#app', '#web'])('a tap on %s leaves the clipboard alone', async (way) => {
      const { page, pasted } = await opened(secure, IPHONE);
      await page.locator(way).tap();
      if (way === '#web') await page.waitForURL(WEB);
      expect(await pasted()).toBe('my own');
    });

    it('the tap leads to the store where nothing may be copied: without https, without scripts, without leave', async () => {
      for (const { browser, more } of [
        { browser: plain, more: {} },
        { browser: secure, more: { javaScriptEnabled: false } },
      ]) {
        const { page, complaints, pasted } = await opened(browser, IPHONE, more);
        await tapTo(page, '#store', APP_STORE);
        expect(await pasted()).toBe('my own');
        expect(complaints).toEqual([]);
      }
      const { page, complaints } = await opened(secure, IPHONE);
      await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('NotAllowed'))");
      await tapTo(page, '#store', APP_STORE);
      expect(complaints).toEqual([]);
    });
  },
);
