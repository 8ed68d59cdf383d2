import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { type PushPage, renderPushPage } from './push-page.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';
import { TEXTS } from './texts.ts';

const PAGE = {
  title: 'Spring sale',
  description: 'Ten days, half price.',
  imageUrl: 'https://images.example/sale.png?w=1200&h=630',
  url: 'https://s.example/sale',
  destination: 'https://shop.example/sale?a=1&b=2#c',
  token: 't'.repeat(62),
  vapidPublicKey: 'k'.repeat(87),
} satisfies PushPage;

const htmlOf = (page: PushPage) => renderPushPage(page, 'en').body.toString('utf8');
/** Without the script, which is the same on every page and full of signs that mean something else in markup. */
const withoutScript = (html: string) => html.replace(/<script>.*?<\/script>/s, '<script></script>');

describe('renderPushPage', () => {
  it('says where the link leads, and is a link there for whoever has no script', () => {
    const page = renderPushPage(PAGE, 'en');
    const html = page.body.toString('utf8');
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'strict-origin-when-cross-origin',
      'X-Robots-Tag': 'noindex, nofollow',
    });
    expect(html).toContain('<h1>Spring sale</h1><p>Ten days, half price.</p>');
    expect(html).toContain('<dt>Leads to</dt><dd><b>shop.example</b></dd>');
    expect(html).toContain(
      '<a id="next" class="go" href="https://shop.example/sale?a=1&amp;b=2#c">Continue</a>',
    );
    expect(html).toMatch(/<div id="ask" [^>]* hidden>/);
    expect(html).not.toContain('http-equiv="refresh"');
  });

  it('says what it is about to whoever previews it without saying so', () => {
    const html = htmlOf(PAGE);
    expect(html).toContain('<meta property="og:title" content="Spring sale">');
    expect(html).toContain('<meta property="og:url" content="https://s.example/sale">');
  });

  it.each(LANGUAGES)('says who would write: %s', (language) => {
    const html = renderPushPage(PAGE, language).body.toString('utf8');
    expect(/<div id="ask".*?<\/div>/s.exec(html)?.[0]).toContain('s.example');
  });

  it('lets its own script run, this host be called, and nothing else', () => {
    const page = renderPushPage(PAGE, 'en');
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page.body.toString('utf8')) ?? [];
    const hash = createHash('sha256').update(script, 'utf8').digest('base64');
    const policy = page.headers['Content-Security-Policy'];
    expect(policy).toContain(`script-src 'sha256-${hash}';`);
    expect(policy).toContain("connect-src 'self';");
    expect(policy).toContain("worker-src 'self';");
    expect(policy).toContain("default-src 'none'");
  });

  it.each(LANGUAGES)('does without anything to show: %s', (language) => {
    const { title: _, description: __, imageUrl: ___, ...bare } = PAGE;
    const html = renderPushPage({ ...bare, title: '' }, language).body.toString('utf8');
    expect(html).toContain(`<h1>${TEXTS[language].pushHeading}</h1>`);
    expect(html).toContain(TEXTS[language].pushQuestion('s.example'));
    expect(html).not.toContain('<img');
  });

  it('cannot be broken out of, and is bounded', () => {
    const expected = markupSkeleton(withoutScript(htmlOf(PAGE)));
    expect(expected).not.toContain('STRAY');
    const script = /<script>.*<\/script>/s.exec(htmlOf(PAGE))?.[0] ?? '';
    const hostileUrl = hostileText.map((text) => `https://images.example/${text}`.slice(0, 1000));
    const hostileDestination = hostileText.map((text) => `https://shop.example/${text}`.slice(0, 3000));
    fc.assert(
      fc.property(
        hostileText,
        hostileText,
        hostileUrl,
        hostileDestination,
        hostileText,
        (title, description, imageUrl, destination, token) => {
          const page = { ...PAGE, title, description: `x${description}`, imageUrl, destination, token };
          const html = htmlOf(page);
          expect(html.split(script)).toHaveLength(2);
          expect(markupSkeleton(html.split(script).join('<script></script>'))).toEqual(expected);
          expect(html.length).toBeLessThan(64_000);
        },
      ),
    );
  });

  it('stays below 17 kB with a long address and all the Hangul it can hold', () => {
    const page = renderPushPage(
      {
        ...PAGE,
        title: '봄'.repeat(999),
        description: '세일'.repeat(999),
        destination: `https://shop.example/${'a'.repeat(1_800)}`,
      },
      'ko',
    );
    expect(page.body.byteLength).toBeLessThan(17_000);
  });
});
