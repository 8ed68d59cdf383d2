import fc from 'fast-check';
import { ClickKind, type ClickRecord } from '../click-record.ts';

let made = 0;

/** A click with an id of its own. */
export function clickRecord(changes: Partial<ClickRecord> = {}): ClickRecord {
  made += 1;
  return {
    id: made.toString(16).padStart(32, '0'),
    kind: ClickKind.click,
    at: 1_760_000_000_000 + made,
    linkId: 1 + (made % 3),
    groupId: null,
    domainId: 1,
    routeId: 1,
    flags: 0,
    address: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)',
    language: 'ko-KR,ko;q=0.9',
    referrer: 'https://News.Example:8443/a?b',
    utm: [['source', 'mail']],
    app: null,
    ...changes,
  };
}

/** Hostile text on purpose: half surrogate pairs, control characters, quotes. */
const text = fc.string({ unit: 'binary', maxLength: 40 });

export const anyClickRecord: fc.Arbitrary<ClickRecord> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{32}$/),
  kind: fc.constantFrom(1, 2, 3, 4),
  at: fc.nat(4_000_000_000_000),
  linkId: fc.nat(),
  groupId: fc.option(fc.nat()),
  domainId: fc.nat(),
  routeId: fc.nat(),
  flags: fc.nat(31),
  address: text,
  userAgent: text,
  language: text,
  referrer: fc.oneof(text, fc.webUrl()),
  utm: fc.option(fc.array(fc.tuple(fc.oneof(text, fc.constant('source')), text), { maxLength: 4 })),
  app: fc.option(fc.record({ platform: text, query: text, unlocked: fc.option(text) })),
});
