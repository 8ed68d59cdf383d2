import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { renderPasswordPage } from './password-page.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';
import { TEXTS } from './texts.ts';

const shortUrl = 'https://s.example/sale';
const htmlOf = (wrong: boolean, from = '') =>
  renderPasswordPage({ wrong, from, shortUrl, action: null }, 'en').body.toString('utf8');

describe('renderPasswordPage', () => {
  it.each(LANGUAGES)('is a form that is posted to where it came from: %s', (language) => {
    const page = renderPasswordPage({ wrong: false, from: '', shortUrl, action: null }, language);
    const html = page.body.toString('utf8');
    const { passwordLabel, proceed } = TEXTS[language];
    expect(page.status).toBe(200);
    expect(page.body.byteLength).toBeLessThan(15_000);
    expect(html).toContain('<form method="post">');
    expect(html).toContain(`<label for="password">${passwordLabel}</label>`);
    expect(html).toMatch(
      /<input id="password" name="password" type="password" autocomplete="current-password" maxlength="64" required autofocus>/,
    );
    expect(html).toContain(`<button class="go">${proceed}</button>`);
    expect(html).not.toMatch(
      /\saction=|<script|\son\w+=|\sstyle=|aria-(invalid|describedby)=|role="alert"|name="from"/,
    );
  });

  it('goes where it is told to, with any query', () => {
    const action = (text: string) =>
      renderPasswordPage({ wrong: false, from: '', shortUrl, action: text }, 'en').body.toString('utf8');
    expect(action('/sale/?a=1&b=2')).toContain('<form method="post" action="/sale/?a=1&amp;b=2">');
    const expected = markupSkeleton(action('/sale/'));
    fc.assert(
      fc.property(hostileText, (query) => {
        expect(markupSkeleton(action(`/sale/?${query}`))).toEqual(expected);
      }),
    );
  });

  it('tells password managers which link it is, so that they keep one password for each', () => {
    expect(htmlOf(false)).toContain('<input autocomplete="username" value="s.example/sale" hidden>');
  });

  it('can be kept by the browser for its Back button, by nobody else, and lets redirects follow', () => {
    for (const wrong of [false, true]) {
      const { headers } = renderPasswordPage({ wrong, from: '', shortUrl, action: null }, 'en');
      expect(headers).toMatchObject({
        'Cache-Control': 'private, no-cache',
        Vary: 'Accept-Language',
        'Referrer-Policy': 'no-referrer',
      });
      expect(headers['Content-Security-Policy']).not.toContain('form-action');
    }
  });

  it('says beside the field, and to whoever hears the page, that it was wrong', () => {
    const page = renderPasswordPage({ wrong: true, from: '', shortUrl, action: null }, 'en');
    const html = page.body.toString('utf8');
    expect(page.status).toBe(403);
    expect(html).toContain(`<p id="wrong" role="alert">${TEXTS.en.passwordWrong}</p>`);
    expect(html).toContain('aria-invalid="true" aria-describedby="wrong">');
  });

  it('carries along where the visitor came from, as text whatever it is', () => {
    expect(htmlOf(true, 'https://news.example/?a=1&b="')).toContain(
      '<input type="hidden" name="from" value="https://news.example/?a=1&amp;b=&quot;">',
    );
    const expected = markupSkeleton(htmlOf(false, 'https://news.example/'));
    expect(expected).not.toContain('STRAY');
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(markupSkeleton(htmlOf(false, `https://${text}`))).toEqual(expected);
      }),
    );
  });
});
