import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { type ForwardPage, renderForwardPage } from './forward-page.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';
import { TEXTS } from './texts.ts';

const PAGE = {
  title: 'Spring sale',
  description: 'Ten days, half price.',
  imageUrl: 'https://images.example/sale.png?w=1200&h=630',
  url: 'https://s.example/sale',
  destination: 'https://shop.example/sale?a=1&b=2#c',
} satisfies ForwardPage;

const htmlOf = (page: ForwardPage) => renderForwardPage(page, 'en').body.toString('utf8');

describe('renderForwardPage', () => {
  it('goes on at once, by itself and by a link, and says where to', () => {
    const page = renderForwardPage(PAGE, 'en');
    const html = page.body.toString('utf8');
    const destination = 'https://shop.example/sale?a=1&amp;b=2#c';
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'strict-origin-when-cross-origin',
    });
    expect(html).toContain(`<meta http-equiv="refresh" content="0;url=${destination}">`);
    expect(html).toContain(`<a class="go" href="${destination}">Continue</a>`);
    expect(html).toContain('<dt>Leads to</dt><dd><b>shop.example</b></dd>');
    expect(html).not.toMatch(/<script|\son\w+=|\sstyle=/);
  });

  it('shows what the link says of itself, to people and to those who preview it', () => {
    const page = renderForwardPage(PAGE, 'ko');
    const html = page.body.toString('utf8');
    expect(page.headers['Content-Security-Policy']).toContain("img-src 'self' data: https:;");
    expect(html).toContain('<h1>Spring sale</h1><p>Ten days, half price.</p>');
    expect(html).toContain('<img src="https://images.example/sale.png?w=1200&amp;h=630" alt="">');
    expect(html).toContain('<meta property="og:title" content="Spring sale">');
    expect(html).toContain('<meta property="og:url" content="https://s.example/sale">');
    expect(html).toContain('<meta name="twitter:card" content="summary_large_image">');
  });

  it.each(LANGUAGES)('does without anything to show: %s', (language) => {
    const html = renderForwardPage(
      { title: '', url: PAGE.url, destination: PAGE.destination },
      language,
    ).body.toString('utf8');
    expect(html).toContain(`<h1>${TEXTS[language].onTheWay}</h1>`);
    expect(html).toContain('<meta property="og:title" content="s.example">');
    expect(html).not.toContain('<img');
  });

  it('cannot be broken out of, and is bounded', () => {
    const expected = markupSkeleton(htmlOf(PAGE));
    expect(expected).not.toContain('STRAY');
    const hostileUrl = hostileText.map((text) => `https://images.example/${text}`.slice(0, 1000));
    const destination = hostileText.map((text) => `https://shop.example/${text}`.slice(0, 3000));
    fc.assert(
      fc.property(
        hostileText,
        hostileText,
        hostileUrl,
        destination,
        (title, description, imageUrl, destination) => {
          const page = renderForwardPage(
            { title, description: `x${description}`, imageUrl, url: PAGE.url, destination },
            'en',
          );
          expect(markupSkeleton(page.body.toString('utf8'))).toEqual(expected);
          expect(page.body.byteLength).toBeLessThan(64_000);
        },
      ),
    );
  });

  it('stays below 15 kB with a long address and all the Hangul it can hold', () => {
    const page = renderForwardPage(
      {
        ...PAGE,
        title: '봄'.repeat(999),
        description: '세일'.repeat(999),
        destination: `https://shop.example/${'a'.repeat(1_800)}`,
      },
      'ko',
    );
    expect(page.body.byteLength).toBeLessThan(15_000);
  });
});
