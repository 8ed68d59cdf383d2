import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { OpenedApp } from '../../links/link-app.ts';
import { describedVisit } from '../described-visit.ts';
import { flowOf } from '../flow.ts';
import type { VisitedLink } from '../visited-link.ts';
import { renderFlowPage } from './flow-page.ts';
import { FLOW_TEXTS } from './flow-texts.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';
import { TRACE_TEXTS } from './trace-texts.ts';

const NOW = 1_800_000_000_000;
const LINK: VisitedLink = {
  id: 1,
  domainId: 1,
  groupId: null,
  routeId: 1,
  destination: 'https://shop.example/sale?a=1&b=2',
  desktopDestination: null,
  apps: {
    ios: {
      identifier: 'com.example.app',
      storeUrl: null,
      appStoreId: '123456789',
      minVersion: null,
      customScheme: null,
      deepLink: null,
      ipadIdentifier: null,
      ipadStoreUrl: null,
    },
    android: null,
  },
  appRouting: {},
  campaign: {},
  settings: {},
  title: '',
  description: '',
  imageUrl: null,
  deleteAt: null,
};

function html(
  link: Partial<VisitedLink> = {},
  language: 'en' | 'ko' | 'ja' = 'en',
  shortUrl = 'https://s.example/x',
  inApp?: 'kakaotalk' | 'line',
) {
  const flow = flowOf({ ...LINK, ...link }, undefined, describedVisit({ device: 'android', inApp }), NOW);
  if (!flow) throw new Error('there is no flow');
  return renderFlowPage({ flow, shortUrl, timeZone: 'UTC' }, language).body.toString();
}

describe('the flow page', () => {
  it('says where the visit goes, why, and where others go', () => {
    const page = html();
    expect(page).toContain('https://shop.example/sale?a=1&amp;b=2');
    expect(page).toContain(TRACE_TEXTS.en.reasons.noAppForDevice);
    expect(page).toContain(
      '<th scope="row">iPhone</th><td><b>The app’s page in the store</b><small>https://apps.apple.com/',
    );
    expect(page).toContain('<th scope="row">Computer</th><td><b>The web page</b>');
    expect(page).toContain('<a class="go" href="https://s.example/x">');
    expect(page).not.toContain('href="https://shop.example');
  });

  it('keeps the places of a limited link, and says why', () => {
    const page = html({ settings: { maxClicks: 987 } }, 'ko');
    expect(page).not.toMatch(/shop\.example|apps\.apple/);
    expect(page).toContain(FLOW_TEXTS.ko.hidden);
    expect(page).not.toContain('987');
  });

  it('takes an intent apart: the deep link, and what does without the app', () => {
    const android = { ...(LINK.apps?.ios as OpenedApp), identifier: 'com.example.app', appStoreId: null };
    const page = html({ apps: { ios: null, android } });
    expect(page).not.toContain('intent:');
    expect(page).toContain(
      '<b>The app</b><small>https://shop.example/sale?a=1&amp;b=2</small><small>https://play.google.com/store/',
    );
  });

  it('tells what a chat app hands over, and where that leads', () => {
    const android = { ...(LINK.apps?.ios as OpenedApp), identifier: 'com.example.app', appStoreId: null };
    const apps = { ios: null, android };
    const page = html({ apps }, 'en', 'https://s.example/x?a=1', 'kakaotalk');
    expect(page).toContain(
      '<dd><b>The device’s own browser first</b><small>https://s.example/x?a=1</small></dd>',
    );
    expect(page).toContain(
      `<dt>${FLOW_TEXTS.en.inOwnBrowser}</dt><dd><b>The app</b><small>https://shop.example/sale?a=1&amp;b=2</small>`,
    );
    expect(page).toContain(TRACE_TEXTS.en.appSteps.seenOnTheWay);
    const limited = html({ apps, settings: { maxClicks: 987 } }, 'en', 'https://s.example/x', 'line');
    expect(limited).not.toMatch(/shop\.example|play\.google/);
    expect(limited).toContain(FLOW_TEXTS.en.hidden);
  });

  it('tells when a link opens, as its notice does', () => {
    expect(html({ settings: { startsAt: NOW + 60_000 } })).toContain(
      '<time datetime="2027-01-15T08:01:00.000Z">',
    );
  });

  test('is the same markup whatever is in its URLs', () => {
    const plain = markupSkeleton(html({ destination: 'https://shop.example/' }));
    fc.assert(
      fc.property(hostileText, hostileText, (destination, shortUrl) => {
        expect(
          markupSkeleton(html({ destination: `https://shop.example/${destination}` }, 'en', shortUrl)),
        ).toEqual(plain);
      }),
    );
  });
});
