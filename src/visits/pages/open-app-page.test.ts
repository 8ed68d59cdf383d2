import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { type OpenAppPage, renderOpenAppPage } from './open-app-page.ts';
import { COPY_SCRIPT, OPEN_SCRIPT, TOUCH_SCRIPT } from './open-app-script.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';
import { TEXTS } from './texts.ts';

const CLICK = '0199aaaabbbb7cccadddeeeeffff0000';
const WEB = 'https://shop.example/p/1?a=1&b=2#c';
const PAGE = {
  title: 'Spring sale',
  description: 'Ten days, half price.',
  imageUrl: 'https://images.example/sale.png',
  url: 'https://s.example/sale',
  clickId: CLICK,
  opening: {
    appUrl: 'shop://shop.example/p/1?a=1&b=2#c',
    storeUrl: 'https://apps.apple.com/app/id1?at=x&ct=y',
    webUrl: WEB,
    opensByItself: false,
    withoutTouchUrl: null,
  },
} satisfies OpenAppPage;

const opening = (changes: Partial<OpenAppPage['opening']>): OpenAppPage => ({
  ...PAGE,
  opening: { ...PAGE.opening, ...changes },
});
const render = (page: OpenAppPage) => renderOpenAppPage(page, 'en');
const htmlOf = (page: OpenAppPage) => render(page).body.toString('utf8');
const scriptPolicyOf = (page: OpenAppPage) =>
  /script-src ([^;]*)/.exec(render(page).headers['Content-Security-Policy'] ?? '')?.[1];
const hashOf = (script: string) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

describe('renderOpenAppPage', () => {
  it('shows a link for each way, the best one as a button, and runs nothing by itself', () => {
    const page = render(PAGE);
    const html = htmlOf(PAGE);
    expect(page).toMatchObject({ status: 200, headers: { 'Cache-Control': 'no-store' } });
    expect(html).toContain(
      '<a id="app" class="go" href="shop://shop.example/p/1?a=1&amp;b=2#c">Open the app</a>' +
        '<a id="store" href="https://apps.apple.com/app/id1?at=x&amp;ct=y">Get the app</a>' +
        '<a id="web" href="https://shop.example/p/1?a=1&amp;b=2#c">Continue on the web</a>',
    );
    expect(html).not.toMatch(/http-equiv|\son\w+=|\sstyle=/);
    expect(html.split('<script')).toHaveLength(2);
    expect(scriptPolicyOf(PAGE)).toBe(hashOf(COPY_SCRIPT));
    expect(html).toContain(
      `<script data-copy="https://s.example/sale?click_id=${CLICK}">${COPY_SCRIPT}</script>`,
    );
  });

  it('copies nothing where there is no store, or one that hands the click on', () => {
    const storeUrl = `https://play.google.com/store/apps/details?id=a.b&referrer=click_id%3D${CLICK}`;
    for (const page of [opening({ storeUrl: null }), opening({ storeUrl })]) {
      expect(htmlOf(page)).not.toContain('<script');
      expect(scriptPolicyOf(page)).toBeUndefined();
    }
  });

  it('copies a long link whole', () => {
    const html = htmlOf({ ...PAGE, url: 'https://s.example/?link=https%3A%2F%2Fa.example&ibi=b' });
    expect(html).toContain(`?link=https%3A%2F%2Fa.example&amp;ibi=b&amp;click_id=${CLICK}"`);
  });

  it('leaves out a way that there is not', () => {
    const html = htmlOf(opening({ appUrl: null }));
    expect(html).not.toContain('id="app"');
    expect(html).toContain('<a id="store" class="go"');
    expect(htmlOf(opening({ storeUrl: null }))).not.toContain('id="store"');
  });

  it('shows what the link says of itself, to people and to those who preview it', () => {
    const html = htmlOf(PAGE);
    expect(html).toContain('<h1>Spring sale</h1><p>Ten days, half price.</p>');
    expect(html).toContain('<meta property="og:title" content="Spring sale">');
    expect(html).toContain('<meta property="og:image" content="https://images.example/sale.png">');
  });

  it('says where it leads, whatever the link says of itself', () => {
    expect(htmlOf(PAGE)).toContain('<dt>Leads to</dt><dd><b>shop.example</b></dd>');
    const html = htmlOf({ ...PAGE, isVisitors: true });
    expect(html).toContain('<dt>Leads to</dt><dd><b>shop.example</b></dd>');
    expect(html).toContain(`<h1>${TEXTS.en.openHeading}</h1>`);
  });

  it.each(LANGUAGES)('does without anything to show: %s', (language) => {
    const { opening, url, clickId } = PAGE;
    const html = renderOpenAppPage({ title: '', url, opening, clickId }, language).body.toString('utf8');
    expect(html).toContain(`<h1>${TEXTS[language].openHeading}</h1>`);
  });

  it('leads whatever is no touch screen to the web, with a script or without', () => {
    const page = opening({ withoutTouchUrl: 'https://www.shop.example/?a=1&b=2', appUrl: null });
    const html = htmlOf(page);
    const escaped = 'https://www.shop.example/?a=1&amp;b=2';
    expect(scriptPolicyOf(page)).toBe(`${hashOf(TOUCH_SCRIPT)} ${hashOf(COPY_SCRIPT)}`);
    expect(html).toContain(`<script data-web="${escaped}">${TOUCH_SCRIPT}</script>`);
    expect(html).toContain(`<noscript><meta http-equiv="refresh" content="0;url=${escaped}"></noscript>`);
    expect(html).toContain('<a id="store" class="go"');
    // An iPad that stays goes where iPads go.
    expect(html).toContain('<a id="web" href="https://shop.example/p/1?a=1&amp;b=2#c">');
  });

  it('opens by itself only what there is to open', () => {
    const page = opening({ opensByItself: true, storeUrl: null });
    expect(scriptPolicyOf(page)).toBe(hashOf(OPEN_SCRIPT));
    expect(htmlOf(page)).toContain(`<script>${OPEN_SCRIPT}</script></main>`);
    expect(htmlOf(opening({ opensByItself: true, appUrl: null, storeUrl: null }))).not.toContain('<script');
    expect(scriptPolicyOf(opening({ opensByItself: true }))).toBe(
      `${hashOf(OPEN_SCRIPT)} ${hashOf(COPY_SCRIPT)}`,
    );
  });

  test('the script for touch screens stays on an iPad and goes on from a Mac', () => {
    const goneTo = (maxTouchPoints: number | undefined) => {
      const gone: string[] = [];
      runInNewContext(TOUCH_SCRIPT, {
        navigator: { maxTouchPoints },
        document: { currentScript: { dataset: { web: WEB } } },
        location: { replace: (url: string) => gone.push(url) },
      });
      return gone;
    };
    expect(goneTo(5)).toEqual([]);
    expect(goneTo(0)).toEqual([WEB]);
    expect(goneTo(undefined)).toEqual([WEB]);
  });

  test('the script that opens the app does it once, however often the page is shown', () => {
    const opened: string[] = [];
    const history = {
      state: null as unknown,
      replaceState(state: unknown) {
        this.state = state;
      },
    };
    const location = {
      set href(url: string) {
        opened.push(url);
      },
    };
    const document = { getElementById: (id: string) => (id === 'app' ? { href: 'intent://x' } : null) };
    for (let shown = 0; shown < 3; shown++) runInNewContext(OPEN_SCRIPT, { history, location, document });
    expect(opened).toEqual(['intent://x']);
  });

  test('the script that copies does it on a tap, and only there; whatever fails, it is silent', async () => {
    const copied: string[] = [];
    const tap = (clipboard: unknown) => {
      const listeners: (() => void)[] = [];
      const store = { addEventListener: (_: string, listener: () => void) => listeners.push(listener) };
      runInNewContext(COPY_SCRIPT, {
        navigator: { clipboard },
        document: {
          currentScript: { dataset: { copy: 'x' } },
          getElementById: (id: string) => (id === 'store' ? store : null),
        },
      });
      expect(copied).toEqual([]);
      for (const listener of listeners) listener();
    };
    tap(undefined);
    tap({ writeText: () => Promise.reject(new Error('NotAllowedError')) });
    tap({
      writeText() {
        throw new Error('not here');
      },
    });
    tap({
      async writeText(text: string) {
        copied.push(text);
      },
    });
    expect(copied).toEqual(['x']);
  });

  it('cannot be broken out of, and is bounded', () => {
    const hostileUrl = (start: string) => hostileText.map((text) => `${start}${text}`.slice(0, 9_000));
    for (const kind of [{}, { withoutTouchUrl: WEB }, { opensByItself: true }]) {
      const expected = markupSkeleton(htmlOf(opening(kind)));
      const texts = fc.tuple(hostileText, hostileText);
      const urls = fc.tuple(
        hostileUrl('shop://'),
        hostileUrl('https://store.example/'),
        hostileUrl('https://shop.example/'),
      );
      fc.assert(
        fc.property(texts, urls, ([title, description], [appUrl, storeUrl, webUrl]) => {
          const { body } = render({
            ...opening({ ...kind, appUrl, storeUrl, webUrl }),
            title,
            description: `x${description}`,
          });
          expect(markupSkeleton(body.toString('utf8'))).toEqual(expected);
          expect(body.byteLength).toBeLessThan(256_000);
        }),
        { numRuns: 50 },
      );
    }
  });
});
