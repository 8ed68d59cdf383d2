import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { changesBetween } from './history.ts';
import { SETTING_NAMES, SETTING_RULES, type Settings } from './setting.ts';

describe('changesBetween', () => {
  it('tells what changed, and nothing of what did not', () => {
    const before = { title: 'Old', memo: 'same', tags: ['a'], settings: { paused: true, maxClicks: 5 } };
    const after = { title: 'New', memo: 'same', tags: ['a'], settings: { paused: true, endsAt: 9 } };
    expect(changesBetween(before, after)).toEqual({
      title: { from: 'Old', to: 'New' },
      'settings.maxClicks': { from: 5, to: null },
      'settings.endsAt': { from: null, to: 9 },
    });
  });

  it('tells off from unset', () => {
    expect(changesBetween({ settings: {} }, { settings: { paused: false } })).toEqual({
      'settings.paused': { from: null, to: false },
    });
  });

  it('leaves bookkeeping out', () => {
    const row = {
      id: 1,
      publicId: 'lnk_1',
      projectId: 1,
      version: 1,
      createdAt: 1,
      updatedAt: 1,
      linkCount: 1,
    };
    const edited = Object.fromEntries(Object.keys(row).map((name) => [name, 2]));
    expect(changesBetween(row, edited)).toEqual({});
  });

  it('keeps of a secret whether there is one, and that it was replaced', () => {
    const from = { settings: { password: '$argon2id$old' } };
    expect(changesBetween({ settings: {} }, from)).toEqual({
      'settings.password': { from: null, to: '(set)' },
    });
    expect(changesBetween(from, { settings: { password: '$argon2id$new' } })).toEqual({
      'settings.password': { from: '(set)', to: '(set)' },
    });
    expect(changesBetween(from, { settings: { password: false } })).toEqual({
      'settings.password': { from: '(set)', to: false },
    });
  });

  test('never has a secret in it, and is empty exactly when nothing changed', () => {
    const settings = fc
      .record(
        Object.fromEntries(
          SETTING_NAMES.map((name) => [
            name,
            SETTING_RULES[name].secret
              ? fc.constantFrom(undefined, false, 'SECRET-one', 'SECRET-two')
              : fc.constantFrom(undefined, false, 1, 'x'),
          ]),
        ),
      )
      .map(
        (record) =>
          Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Settings,
      );
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const changes = changesBetween({ settings: before }, { settings: after });
        expect(JSON.stringify(changes)).not.toContain('SECRET');
        const changed = SETTING_NAMES.filter((name) => before[name] !== after[name]);
        expect(Object.keys(changes).sort()).toEqual(changed.map((name) => `settings.${name}`).sort());
      }),
    );
  });
});
