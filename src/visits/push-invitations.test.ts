import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PushInvitations } from './push-invitations.ts';

const NOW = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;
const invitations = new PushInvitations('secret', 'key');
const asked = { linkId: 7, groupId: 3 };

describe('PushInvitations', () => {
  it('opens what it has sealed, for some hours', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 48 - 1 }),
        fc.option(fc.integer({ min: 1, max: 2 ** 48 - 1 })),
        fc.integer({ min: 0, max: 6 * HOUR_MS - 1 }),
        (linkId, groupId, laterMs) => {
          const token = invitations.seal({ linkId, groupId }, NOW);
          expect(invitations.open(token, NOW + laterMs)).toEqual({ linkId, groupId });
          expect(invitations.open(token, NOW + 6 * HOUR_MS)).toBeUndefined();
          expect(invitations.open(token, NOW - HOUR_MS)).toBeUndefined();
        },
      ),
    );
  });

  it('opens nothing that was changed anywhere, or sealed by another installation', () => {
    const token = invitations.seal(asked, NOW);
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(invitations.open(changed.toString('base64url'), NOW), `bit ${bit}`).toBeUndefined();
    }
    expect(new PushInvitations('other', 'key').open(token, NOW)).toBeUndefined();
  });

  it('opens no other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ minLength: 60, maxLength: 64 })), (text) => {
        expect(invitations.open(text, NOW)).toBeUndefined();
      }),
    );
  });

  it('says nothing to whoever carries it: the same visit never reads the same', () => {
    expect(invitations.seal(asked, NOW)).not.toBe(invitations.seal(asked, NOW));
    expect(invitations.seal(asked, NOW)).toHaveLength(62);
  });
});
