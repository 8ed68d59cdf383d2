import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderEntryPage } from '../../src/api/statistics-pages/entry-page.ts';
import { renderReportPage } from '../../src/api/statistics-pages/report-page.ts';
import { anyReport } from '../../src/api/statistics-pages/testing/any-report.ts';
import { LANGUAGES, type Language } from '../../src/languages.ts';
import { chooseLanguage } from '../../src/visits/pages/language.ts';
import type { Page as BuiltPage } from '../../src/visits/pages/page.ts';
import { Api, PERSON } from '../api/api.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';

const RIGHT = 'Zahlen, bitte! 통계';
const LONG = `${'W'.repeat(500)} ${'가나다라마바사'.repeat(20)}`;

const PAGES: Readonly<Record<string, (language: Language) => BuiltPage>> = {
  '/link': (language) => renderReportPage(anyReport(), language),
  '/group': (language) => renderReportPage(anyReport({ kind: 'group' }), language),
  '/custom': (language) => renderReportPage(anyReport({ query: 'from=2026-08-22&to=2026-11-21' }), language),
  '/empty': (language) => renderReportPage(anyReport({ clicks: 0 }), language),
  '/millions': (language) => renderReportPage(anyReport({ clicks: 98_765_432 }), language),
  '/hostile': (language) =>
    renderReportPage(anyReport({ title: LONG, values: [LONG, '‮evil', '<b>x</b>'] }), language),
  '/entry': (language) => renderEntryPage({ status: 200, wrong: false, name: 'x', action: '/x' }, language),
  '/wrong': (language) => renderEntryPage({ status: 403, wrong: true, name: 'x', action: '/x' }, language),
};

describe.skipIf(browserMissing)(
  `statistics pages in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let server: Server;
    let origin: string;
    let api: Api;

    beforeAll(async () => {
      server = createServer((request, response) => {
        const page = PAGES[request.url ?? '']?.(chooseLanguage(request.headers['accept-language']));
        if (page) response.writeHead(page.status, page.headers).end(page.body);
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      api = await Api.open();
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser?.close();
      await api?.close();
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    });

    for (const language of LANGUAGES) {
      it(`are accessible in light and dark, quiet, and at home at 320 pixels: ${language}`, async () => {
        const context = await browser.newContext({ locale: language, viewport: { width: 320, height: 640 } });
        const page = await context.newPage();
        const complaints: string[] = [];
        const requests: string[] = [];
        page.on('console', (message) => {
          if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text());
        });
        page.on('request', (request) => requests.push(request.url()));
        for (const path of Object.keys(PAGES)) {
          const where = `${path} in ${language}`;
          await page.goto(origin + path, { waitUntil: 'load' });
          expect(await page.getAttribute('html', 'lang'), where).toBe(language);
          expect(await page.evaluate('document.documentElement.scrollWidth'), where).toBeLessThanOrEqual(320);
          await page.evaluate(
            `for (const details of document.querySelectorAll('details')) details.open = true`,
          );
          expect(await page.evaluate('document.documentElement.scrollWidth'), where).toBeLessThanOrEqual(320);
          await page.evaluate(axe.source);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            expect(await violations(page), `${where}, ${colorScheme}`).toEqual([]);
          }
          expect(complaints, where).toEqual([]);
          const strangers = requests.filter((url) => url !== origin + path && !url.startsWith('data:'));
          expect(strangers, where).toEqual([]);
          requests.length = 0;
        }
        await context.close();
      }, 120_000);
    }

    it('show where the focus is, on everything that can have it', async () => {
      const page = await browser.newPage();
      await page.goto(`${origin}/custom`);
      const outlines = await page.evaluate<
        string[]
      >(`[...document.querySelectorAll('a, input, button, summary')]
        .map((element) => (element.focus({ focusVisible: true }), getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth))`);
      expect(outlines.length).toBeGreaterThan(9);
      expect(new Set(outlines)).toEqual(new Set(['solid3px']));
      await page.close();
    });

    it('are printed without what one can only press, on white', async () => {
      const page = await browser.newPage({ colorScheme: 'dark' });
      await page.goto(`${origin}/group`);
      await page.emulateMedia({ media: 'print' });
      for (const one of ['nav', '.pick', '.numbers', '.get'])
        expect(await page.isVisible(one), one).toBe(false);
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
      expect(await page.isVisible('.plot')).toBe(true);
      await page.close();
    });

    it('are opened, read, turned to other days and taken along, without a script', async () => {
      const context = await browser.newContext({ locale: 'en', userAgent: PERSON, javaScriptEnabled: false });
      const page = await context.newPage();
      const link = await api.link({ title: 'Autumn sale', settings: { statsPassword: RIGHT } });
      for (let visit = 0; visit < 4; visit++)
        await api.visit(`/${link.code}`, { 'x-forwarded-for': `10.0.0.${visit}` });
      await until(
        async () => (await api.ok('GET', `/links/${link.id}`)).clicks === 4,
        'the clicks are counted',
      );

      const home = `http://127.0.0.1:${api.port}/${link.code}/stats`;
      await page.goto(`${home}?range=7d`);
      await page.getByLabel('Password').fill('not this one');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Password').fill(RIGHT);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Autumn sale' }).waitFor();
      expect(page.url()).toBe(`${home}?range=7d`);
      expect(await page.locator('.totals .n').allTextContents()).toEqual(['4', '4', '4', '0']);

      await page.getByRole('link', { name: 'Today' }).click();
      await page.waitForURL(`${home}?range=today`);
      expect(await page.locator('nav [aria-current]').textContent()).toBe('Today');
      expect(await page.locator('.totals .n').first().textContent()).toBe('4');

      await page.getByText('Other dates').click();
      await page.getByLabel('First day').fill('2026-01-01');
      await page.getByLabel('Last day').fill('2026-01-31');
      await page.getByRole('button', { name: 'Show' }).click();
      await page.getByText('No clicks in this period').waitFor();
      expect(new URL(page.url()).search).toBe('?from=2026-01-01&to=2026-01-31');

      await page.goto(home);
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download CSV' }).click();
      const download = await downloading;
      expect(download.suggestedFilename()).toMatch(/^statistics-link-[\d-]+\.csv$/);
      expect(await readFile(await download.path(), 'utf8')).toMatch(/\r\ntotal,[^,]+,,4,4,4,0\r\n/);

      await api.ok('PATCH', `/links/${link.id}`, {
        body: { settings: { statsPassword: 'another-password' } },
      });
      await page.reload();
      await page.getByLabel('Password').waitFor();
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
