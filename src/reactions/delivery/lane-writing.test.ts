import { expect, test } from 'vitest';
import { joinWritings } from './lane-writing.ts';
import type { EndedAttempt } from './settle-attempt.ts';

const lane = (name: string) => ({ lane: name, channel: 'webhook', projectId: 1 }) as const;
const attempt = (id: number) => ({ at: id }) as EndedAttempt;

test('what is written to a lane is joined: attempts in their order, and what was said last', () => {
  const joined = joinWritings([
    { lane: lane('a'), attempts: [attempt(1)], held: null },
    { lane: lane('b'), held: 'paused' },
    { lane: lane('a'), openAt: 5 },
    { lane: lane('a'), attempts: [attempt(2), attempt(3)], openAt: 0 },
    { lane: lane('b'), held: null },
    { lane: lane('a'), release: { notBefore: 9 } },
  ]);
  expect(joined).toEqual([
    {
      lane: lane('a'),
      attempts: [attempt(1), attempt(2), attempt(3)],
      held: null,
      openAt: 0,
      release: { notBefore: 9 },
    },
    { lane: lane('b'), attempts: [], held: null },
  ]);
});
