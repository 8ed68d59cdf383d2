import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceOf } from '../../deeplinks/device.ts';
import { USER_AGENTS } from '../../deeplinks/testing/user-agents.ts';
import { KNOWN_USER_AGENTS } from '../testing/user-agents.ts';
import { BROWSER_NAMES, DEVICE_KINDS, OS_NAMES, parse, readUserAgent } from './user-agent.ts';

test.each(KNOWN_USER_AGENTS)('%s', (_what, userAgent, [device, os, browser]) => {
  expect(readUserAgent(userAgent)).toEqual({ device, os, browser });
});

test('nothing is known of nobody', () => {
  expect(readUserAgent('')).toEqual({ device: 'unknown', os: '', browser: '' });
  expect(readUserAgent('Mozilla/5.0')).toEqual({ device: 'unknown', os: '', browser: '' });
});

test('what the library knows and the lists do not is unknown', () => {
  const konqueror = 'Mozilla/5.0 (compatible; Konqueror/4.5; Haiku) KHTML/4.5.4 (like Gecko)';
  expect(readUserAgent(konqueror)).toMatchObject({ os: '', browser: '' });
});

test('what is remembered is what was read', () => {
  const [first] = KNOWN_USER_AGENTS;
  const remembered = readUserAgent(first?.[1] ?? '');
  for (let index = 0; index < 10_050; index++) readUserAgent(`Mozilla/5.0 (${index})`);
  expect(readUserAgent(first?.[1] ?? '')).toEqual(remembered);
  expect(readUserAgent(first?.[1] ?? '')).toBe(readUserAgent(first?.[1] ?? ''));
});

/** Pieces of true agents in any order, repeated: nearest to what the patterns look for, so dearest when they fail. */
const pieces = KNOWN_USER_AGENTS.flatMap(([, userAgent]) => userAgent.split(/(?=[ ;()/,])/));
const hostile = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 512 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 120 }).map((some) => some.join('')),
    fc
      .array(fc.tuple(fc.constantFrom(...pieces, 'a', '0', ' ', ';', '_', 'Android '), fc.nat(300)), {
        maxLength: 6,
      })
      .map((some) => some.map(([piece, times]) => piece.repeat(times)).join('')),
  )
  .map((text) => text.slice(0, 512));

test('whatever is sent, the answer comes from closed lists and in a bounded time', () => {
  let slowestMs = 0;
  fc.assert(
    fc.property(hostile, (userAgent) => {
      const startedAt = performance.now();
      const { device, os, browser } = parse(userAgent);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      expect(DEVICE_KINDS).toContain(device);
      expect(['', ...OS_NAMES]).toContain(os);
      expect(['', ...BROWSER_NAMES]).toContain(browser);
    }),
    { numRuns: 2_000 },
  );
  // Some 1 ms on an idle machine; a pattern that blows up takes many seconds.
  expect(slowestMs).toBeLessThan(2_000);
});

test.each(Object.entries(USER_AGENTS))('%s is counted as what it is led on as', (_name, userAgent) => {
  const { platform, isIpad } = deviceOf(userAgent);
  const { device, os } = parse(userAgent);
  expect({ ios: os === 'iOS', android: os === 'Android' }).toEqual({
    ios: platform === 'ios',
    android: platform === 'android',
  });
  if (platform === 'ios') expect(device).toBe(isIpad ? 'tablet' : 'mobile');
  if (platform === 'android') expect(device).not.toBe('desktop');
});

test('a phone with KaiOS says that it is one with Android, too', () => {
  expect(parse(USER_AGENTS.kaiOs)).toEqual({ device: 'mobile', os: 'KaiOS', browser: 'Firefox' });
});
