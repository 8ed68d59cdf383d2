import { expect, test } from 'vitest';
import type { Simulated } from '../app/offline-simulation.ts';
import { simulationTable } from './simulation-table.ts';

const HOSTILE = 'x\u001b[2J\r\n\u202ey';
const DECIDED: NonNullable<Simulated['next']> = {
  outcome: 'ended',
  summary: `It has ended ${HOSTILE}.`,
  status: 302,
  destination: `https://example.com/${HOSTILE}`,
  via: null,
  page: null,
  appSteps: [],
  recorded: { as: 'nothing', takesSlot: false, qr: false, automated: false, foreign: null, leftOut: false },
};
const NO_TEXT = { value: null, source: 'none' } as const;
const SIMULATED: Simulated = {
  linkId: 'lnk_1',
  shortUrl: `http://switchyard.test/${HOSTILE}`,
  at: '2090-01-01T00:00:00.000Z',
  ...DECIDED,
  next: null,
  visitor: {
    ...{ kind: 'person', platform: 'ios', osVersion: HOSTILE, isIpad: true, mayBeIpad: false },
    ...{ lacksGooglePlay: false, inApp: null, userAgent: HOSTILE, language: 'ko' },
  },
  rules: [
    { rule: 'exists', verdict: 'passed', why: 'The link exists.', reason: 'exists', settings: [] },
    {
      ...{ rule: 'ends', verdict: 'decides', why: `It has ended ${HOSTILE}.`, reason: 'ended' },
      settings: [
        { name: 'endsAt', value: '2089-01-01T00:00:00.000Z', source: 'group' },
        { name: 'expiredUrl', value: HOSTILE, source: 'link' },
        { name: 'password', value: { isSet: true }, source: 'link' },
        { name: 'paused', value: false, source: 'default' },
      ],
    },
  ],
  appOpensByItself: { value: false, why: HOSTILE },
  apps: { ios: null, android: null },
  preview: { shows: 'notice', title: NO_TEXT, description: NO_TEXT, imageUrl: NO_TEXT },
  warnings: [HOSTILE],
};

test('rules stand in order in columns, with the value and the source of what they looked at', () => {
  const lines = simulationTable(SIMULATED).split('\n');
  const at = lines.indexOf('rule    verdict  why, and what it looked at');
  expect(lines[at + 1]).toBe('exists  passed   The link exists.');
  expect(lines[at + 2]).toMatch(/^ends {4}decides {2}It has ended /);
  expect(lines[at + 3]).toBe(
    '                 endsAt 2089-01-01T00:00:00.000Z (group), expiredUrl x [2J y (link), password is set (link), paused off (default)',
  );
});

test('nothing that others have written moves the cursor or begins a line', () => {
  const table = simulationTable({ ...SIMULATED, next: DECIDED });
  expect(table.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  expect(table).not.toMatch(/^ *y/m);
  expect(table).toContain('- x [2J y');
});
