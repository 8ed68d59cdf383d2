import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Api, type Json, PERSON } from '../api/api.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';

const RIGHT = 'Offen, Sesam! 열려라';

/** A browser without a screen says so in its name, and would be taken for the robot it is. */
const VISITOR = { locale: 'en', userAgent: PERSON };

/** A request that came to the place where links lead. */
interface Arrival {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

describe.skipIf(browserMissing)(
  `a link with a page, in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let api: Api;
    let place: Server;
    let destination: string;
    let origin: string;
    let context: BrowserContext;
    let page: Page;
    const arrivals: Arrival[] = [];

    beforeAll(async () => {
      api = await Api.open();
      origin = `http://127.0.0.1:${api.port}`;
      place = createServer((request, response) => {
        if (request.url !== '/favicon.ico')
          arrivals.push({ url: request.url ?? '', headers: request.headers });
        response.writeHead(200, { 'Content-Type': 'text/html' });
        response.end(
          '<!doctype html><link rel="icon" href="data:,"><title>There</title><h1>You are there</h1>',
        );
      });
      await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve));
      destination = `http://127.0.0.1:${(place.address() as AddressInfo).port}/there`;
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      place?.closeAllConnections();
      await new Promise((resolve) => place?.close(resolve));
      await api?.close();
    });
    beforeEach(async () => {
      arrivals.length = 0;
      context = await browser.newContext(VISITOR);
      page = await context.newPage();
    });
    afterEach(() => context.close());

    const locked = (input: object = {}): Promise<Json> =>
      api.link({ destination, settings: { password: RIGHT }, ...input });
    const field = () => page.getByLabel('Password');
    const submit = () => page.getByRole('button', { name: 'Continue' }).click();
    const isThere = () => page.waitForURL((url) => url.href.startsWith(destination));
    const open = ({ code }: Json, query = '') => page.goto(`${origin}/${code}${query}`);
    const enter = async (password: string) => {
      await field().fill(password);
      await submit();
    };
    /** Counted so far, and nothing more is on its way. */
    const clicksOf = async (link: Json): Promise<number> => {
      const marker = await api.link();
      await api.visit(`/${marker.code}`);
      await until(async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1, 'ingest came by');
      return (await api.ok('GET', `/links/${link.id}`)).clicks;
    };

    it('asks, takes the right password, and leads on without telling where from', async () => {
      const link = await locked();
      await open(link, '?a=1');
      expect(await page.title()).toBe('This link asks for a password');
      expect(await page.evaluate('document.activeElement.id')).toBe(await field().getAttribute('id'));
      await enter(RIGHT);
      await isThere();
      expect(arrivals).toHaveLength(1);
      expect(arrivals[0]?.url).toBe('/there?a=1');
      expect(arrivals[0]?.headers).not.toHaveProperty('referer');
      expect(arrivals[0]?.headers).not.toHaveProperty('cookie');
      expect(page.url()).not.toContain('Sesam');
      expect(await clicksOf(link)).toBe(1);
    });

    it('says that a password is wrong, shows it nowhere, and takes the right one after it', async () => {
      const link = await locked();
      await open(link);
      await enter('wrong-password');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.textContent()).toContain('That is not the password');
      expect(await field().inputValue()).toBe('');
      expect(await field().getAttribute('aria-describedby')).toBe(await alert.getAttribute('id'));
      expect(await page.content()).not.toContain('wrong-password');
      expect(arrivals).toHaveLength(0);
      await enter(RIGHT);
      await isThere();
      expect(await clicksOf(link)).toBe(1);
    });

    it('locks when the password is changed while the form is open', async () => {
      const link = await locked();
      await open(link);
      await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { password: 'another-password' } } });
      await enter(RIGHT);
      await page.getByRole('alert').waitFor();
      expect(arrivals).toHaveLength(0);
      await enter('another-password');
      await isThere();
    });

    it('can be left with Back, without being led on again, and asks only once', async () => {
      const link = await locked();
      await page.goto('about:blank');
      await open(link);
      await enter(RIGHT);
      await isThere();
      await page.goBack();
      await field().waitFor();
      expect(new URL(page.url()).pathname).toBe(`/${link.code}`);
      expect(arrivals).toHaveLength(1);
      expect(await clicksOf(link)).toBe(1);
      await page.goBack();
      expect(page.url()).toBe('about:blank');

      await open(link);
      await isThere();
      expect(await clicksOf(link)).toBe(2);
    });

    it('can be left with Back after a wrong password too', async () => {
      const link = await locked();
      await page.goto('about:blank');
      await open(link);
      await enter('wrong-password');
      await page.getByRole('alert').waitFor();
      await enter(RIGHT);
      await isThere();
      for (const path of [`/${link.code}/`, `/${link.code}`]) {
        await page.goBack();
        await field().waitFor();
        expect(new URL(page.url()).pathname).toBe(path);
      }
      expect(arrivals).toHaveLength(1);
      expect(await clicksOf(link)).toBe(1);
      await page.goBack();
      expect(page.url()).toBe('about:blank');
    });

    it('is one password for all links of a group', async () => {
      const group = await api.group({ password: RIGHT });
      const [first, second] = [
        await api.link({ destination, groupId: group.id }),
        await api.link({ destination: `${destination}?second`, groupId: group.id }),
      ];
      const alone = await locked();
      await open(first);
      await enter(RIGHT);
      await isThere();
      await open(second);
      await isThere();
      expect(arrivals.map(({ url }) => url)).toEqual(['/there', '/there?second']);
      await open(alone);
      await field().waitFor();
    });

    it('needs no mouse', async () => {
      await open(await locked());
      await page.keyboard.type('wrong-password');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await page.keyboard.type(RIGHT);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Continue');
      await page.keyboard.press('Enter');
      await isThere();
    });

    it('tells of too many, and when to come again', async () => {
      const link = await locked();
      await open(link);
      for (let turn = 1; turn <= 10; turn++) {
        await field().fill(`wrong-${turn}`);
        await Promise.all([page.waitForNavigation(), submit()]);
      }
      await enter(RIGHT);
      await page.getByRole('heading', { name: 'Too many wrong passwords' }).waitFor();
      expect(await page.locator('time').textContent()).toMatch(/^in (9|10) minutes$/);
      await page.getByRole('link', { name: 'Try again' }).click();
      await field().waitFor();
      expect(arrivals).toHaveLength(0);
    });

    describe.each([true, false])('that answers 200, with scripts %s', (javaScriptEnabled) => {
      beforeEach(async () => {
        await context.close();
        context = await browser.newContext({ ...VISITOR, javaScriptEnabled });
        page = await context.newPage();
      });

      it('forwards by itself, says which site it came from, and Back leaves it behind', async () => {
        const link = await api.link({ destination, title: 'Sale', settings: { redirectType: 200 } });
        await page.goto('about:blank');
        await open(link, '?a=1');
        await isThere();
        expect(arrivals).toHaveLength(1);
        expect(arrivals[0]?.url).toBe('/there?a=1');
        expect(arrivals[0]?.headers.referer).toBe(`${origin}/`);
        await page.goBack();
        expect(page.url()).toBe('about:blank');
        expect(await clicksOf(link)).toBe(1);
      });
    });

    it('has a link to go on by hand where a page may not refresh itself', async () => {
      const link = await api.link({ destination, title: 'Sale', settings: { redirectType: 200 } });
      await page.route(`${origin}/${link.code}`, async (route) => {
        const answer = await route.fetch();
        const body = (await answer.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
        await route.fulfill({ response: answer, body });
      });
      await open(link);
      expect(await page.locator('dd').textContent()).toBe(new URL(destination).host);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await isThere();
      expect(arrivals).toHaveLength(1);
    });
  },
);
