import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LANGUAGES } from '../languages.ts';
import { decide } from './decide.ts';
import type { Outcome } from './decision.ts';
import { asksForFlow, flowOf, withoutFlowMark } from './flow.ts';
import { renderFlowPage } from './pages/flow-page.ts';
import { inForce } from './rules.ts';
import { HASH, MARKER, scene } from './testing/scene.ts';

const SHORT_URL = 'https://s.example/x';

describe('who asks for the flow page', () => {
  it.each(['d=1', 'a=1&d=1', 'd=1&d=0', 'qr=1&d=1'])('?%s does', (query) => {
    expect(asksForFlow(query)).toBe(true);
  });
  it.each(['', 'd=0', 'd=', 'd', 'D=1', 'ad=1', 'd=11', 'a=d=1', 'd%3D1', 'amp;d=10'])(
    '?%s does not',
    (query) => {
      expect(asksForFlow(query)).toBe(false);
    },
  );
  it('takes the mark off, and nothing else', () => {
    expect(withoutFlowMark('a=1&d=1&b&d=2')).toBe('a=1&b&d=2');
    expect(withoutFlowMark('d=1')).toBe('');
  });
});

test('nobody learns from the flow what the visit itself would not tell', () => {
  const seen = { told: 0, hidden: 0, closed: 0 };
  const shown = new Set<Outcome>();
  fc.assert(
    fc.property(scene, fc.constantFrom(...LANGUAGES), ({ link, group, visit, now }, language) => {
      const flow = flowOf(link, group, visit, now);
      const decision = decide(link, group, visit, now);
      if (!flow) {
        seen.closed++;
        expect(['unknown', 'passwordRequired', 'protected', 'prefetch', 'previewCard']).toContain(
          decision.outcome,
        );
        return;
      }
      shown.add(decision.outcome);
      const { status, headers, body } = renderFlowPage(
        { flow, shortUrl: SHORT_URL, timeZone: 'Asia/Seoul' },
        language,
      );
      const told = body.toString() + JSON.stringify(headers);
      expect(told).not.toContain(HASH);
      expect(told).not.toMatch(/<script|http-equiv/i);
      expect(headers['Cache-Control']).toBe('no-store');
      expect(headers['Content-Security-Policy']).not.toMatch(/script-src|connect-src/);
      const isLimited = inForce('maxClicks', { link, group, visit, now }) !== false;
      if (!('destination' in decision) || isLimited) {
        seen.hidden++;
        for (const place of [MARKER, 'apps.apple.com', 'play.google.com', 'myapp:'])
          expect(told).not.toContain(place);
      } else seen.told++;
      expect(status).toBe('destination' in decision ? 200 : status);
      expect([200, 403, 404, 410]).toContain(status);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  expect([...shown].sort()).toEqual(
    [
      ...['paused', 'notStarted', 'ended', 'limitReached'],
      ...['redirect', 'forwardPage', 'openApp', 'pushInvitation'],
    ].sort(),
  );
});
