import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { asciiUrl, httpUrlProblem } from '../links/destination.ts';
import { CAMPAIGN_FIELDS, type Campaign } from '../links/link.ts';
import { textProblem } from '../links/text.ts';
import { withCampaign, withParameters } from './campaign.ts';

describe('withCampaign', () => {
  it('says nothing where nothing is set', () => {
    expect(withCampaign('https://a.example/?utm_source=own&&#x', {})).toBe(
      'https://a.example/?utm_source=own&&#x',
    );
  });

  it('sets the standard names in their standard order', () => {
    const campaign = { content: 'c', term: 't', campaign: 'n', medium: 'm', source: 's' };
    expect(withCampaign('https://a.example/', campaign)).toBe(
      'https://a.example/?utm_source=s&utm_medium=m&utm_campaign=n&utm_term=t&utm_content=c',
    );
  });

  it('wins over the destination’s own, however that is written and however often', () => {
    expect(
      withCampaign('https://a.example/?utm_source=a&x=1&utm%5Fsource=b&utm_medium=own', { source: 'new' }),
    ).toBe('https://a.example/?x=1&utm_medium=own&utm_source=new');
  });

  it('keeps the rest, the fragment included', () => {
    expect(withCampaign('https://a.example/%7e?q=a%20b+c&flag#to?utm_source=x', { source: 'n' })).toBe(
      'https://a.example/%7e?q=a%20b+c&flag&utm_source=n#to?utm_source=x',
    );
  });

  it('keeps empty pairs of the destination where they stand', () => {
    expect(withCampaign('https://a.example/?a=1&&b=2', { source: 'n' })).toBe(
      'https://a.example/?a=1&&b=2&utm_source=n',
    );
  });

  it('encodes values so that they stay values', () => {
    expect(withCampaign('https://a.example/', { source: '봄 & 여름#1\r\n' })).toBe(
      'https://a.example/?utm_source=%EB%B4%84%20%26%20%EC%97%AC%EB%A6%84%231%0D%0A',
    );
  });

  test('every accepted campaign arrives whole at every accepted destination', () => {
    const destination = fc
      .array(fc.constantFrom('a', '봄', '/', '?', '#', '&', '=', 'utm_source=own', '%', '%20', 'utm_term'), {
        maxLength: 8,
      })
      .map((pieces) => `https://example.com/${pieces.join('')}`)
      .filter((url) => httpUrlProblem(url) === undefined);
    const value = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('&', '#', '=', '%', '+', ' ', '봄', '😀', '\n'),
          fc.string({ unit: 'binary', maxLength: 1 }),
        ),
        minLength: 1,
        maxLength: 8,
      })
      .filter((text) => textProblem(text, { min: 1, max: 255 }) === undefined);
    const campaigns: fc.Arbitrary<Campaign> = fc.record(
      Object.fromEntries(CAMPAIGN_FIELDS.map((field) => [field, value])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(destination, campaigns, (url, campaign) => {
        const result = asciiUrl(withCampaign(url, campaign));
        expect(result).toMatch(/^https:\/\/example\.com\/[\x21-\x7e]*$/);
        const before = new URL(url);
        const after = new URL(result);
        expect([after.pathname, after.hash]).toEqual([before.pathname, before.hash]);
        for (const field of CAMPAIGN_FIELDS) {
          const expected =
            campaign[field] === undefined ? before.searchParams.getAll(`utm_${field}`) : [campaign[field]];
          expect(after.searchParams.getAll(`utm_${field}`)).toEqual(expected);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('withParameters', () => {
  it('replaces what has the name, however it is written, and leaves the rest alone', () => {
    const parameters = { 'a b': 'x&y', c: '', __proto__x: '\ud800' };
    expect(withParameters('https://a.example/?a%20b=1&a+b=2&&d=%7e#f', parameters)).toBe(
      'https://a.example/?&d=%7e&a%20b=x%26y&c=&__proto__x=%EF%BF%BD#f',
    );
    expect(withParameters('https://a.example/?&&#f', {})).toBe('https://a.example/?&&#f');
  });
});
