import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { renderNotificationPage } from './notification-page.ts';
import { NOTIFICATION_SCRIPT } from './notification-script.ts';
import { NOTIFICATION_TEXTS } from './texts.ts';

const pageIn = (language: (typeof LANGUAGES)[number]) =>
  renderNotificationPage('BKey-_', 'n0nce+/=', language);

describe('the page for notifications', () => {
  it.each(LANGUAGES)('is small, kept by nobody, and runs its own script alone: %s', (language) => {
    const { status, headers, body } = pageIn(language);
    expect(status).toBe(200);
    expect(body.byteLength).toBeLessThan(15_000);
    expect(headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Content-Language': language,
      'Content-Length': String(body.byteLength),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    const policy = headers['Content-Security-Policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-n0nce+/='");
    expect(policy).not.toContain('unsafe');
    const html = body.toString('utf8');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('nonce="n0nce+/="');
    expect(html).toContain('data-key="BKey-_"');
    expect(html).not.toMatch(/\son\w+=|style=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('has every word and every part that its script speaks of', () => {
    const html = pageIn('en').body.toString('utf8');
    const words = Object.keys(NOTIFICATION_TEXTS.en.words);
    for (const word of words) expect(NOTIFICATION_SCRIPT).toContain(`'${word}'`);
    const said = [...NOTIFICATION_SCRIPT.matchAll(/say\('(\w+)'\)|40[139]: '(\w+)'|422: '(\w+)'/g)];
    expect(said.length).toBeGreaterThan(5);
    for (const [, ...found] of said) expect(words).toContain(found.find((word) => word !== undefined));
    for (const [, id] of NOTIFICATION_SCRIPT.matchAll(/\bat\('([\w-]+)'\)/g))
      expect(html).toContain(`id="${id}"`);
    for (const [, name] of NOTIFICATION_SCRIPT.matchAll(/\bpart\('(\w+)'\)/g))
      expect(html).toContain(`class="${name}"`);
  });

  it('keeps no key anywhere', () => {
    expect(NOTIFICATION_SCRIPT).not.toMatch(
      /localStorage|sessionStorage|indexedDB|cookie|innerHTML|history\.|eval/,
    );
  });
});
