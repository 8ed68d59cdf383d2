import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined, MOST_KEPT, NO_CLICKS_YET, withClicks } from './live-batch.ts';
import type { ShownClick } from './shown-clicks.ts';

function click(at: number): ShownClick {
  return {
    at,
    projectId: 1,
    linkId: 1,
    groupId: null,
    link: null,
    code: null,
    country: '',
    city: '',
    device: '',
    browser: '',
    referrer: '',
    qr: false,
  };
}

describe('a batch of live clicks', () => {
  it('counts all and keeps the newest, however they were cut into pieces and joined', () => {
    const pieces = fc.array(fc.array(fc.nat(80), { maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, (batches) => {
        let at = 0;
        const all: ShownClick[] = [];
        const make = (size: number) => {
          const clicks = Array.from({ length: size }, () => click(++at));
          all.push(...clicks);
          return clicks;
        };
        const whole = batches
          .map((sizes) => sizes.map(make).reduce(withClicks, NO_CLICKS_YET))
          .reduce(joined, NO_CLICKS_YET);
        expect(whole).toEqual({ count: all.length, newest: all.slice(-MOST_KEPT).reverse() });
      }),
    );
  });
});
