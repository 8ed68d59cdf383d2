import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { effective, explainSettings } from './overlay.ts';
import { SETTING_NAMES, SETTING_RULES, type SettingName, type Settings } from './setting.ts';

/** Settings as rows hold them: any of them unset, off, or something. What the something is does not matter here. */
const anySettings = fc
  .record(
    Object.fromEntries(
      SETTING_NAMES.map((name) => [name, fc.constantFrom(undefined, false, 1, 'value', true)]),
    ),
  )
  .map(
    (record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Settings,
  );

describe('effective', () => {
  it('is the group’s value, else the link’s, else the default', () => {
    expect(effective('maxClicks', { maxClicks: 5 }, { maxClicks: 9 })).toBe(9);
    expect(effective('maxClicks', { maxClicks: 5 }, {})).toBe(5);
    expect(effective('maxClicks', { maxClicks: 5 }, undefined)).toBe(5);
    expect(effective('maxClicks', {}, {})).toBe(false);
    expect(effective('redirectType', {}, undefined)).toBe(302);
    expect(effective('passQuery', {}, undefined)).toBe(true);
  });

  it('takes "off" of a group for a decision, not for silence', () => {
    expect(effective('password', { password: 'hash' }, { password: false })).toBe(false);
    expect(effective('passQuery', {}, { passQuery: false })).toBe(false);
    expect(effective('paused', { paused: false }, { paused: true })).toBe(true);
  });

  it('takes the first instant of 1970 for a value', () => {
    expect(effective('endsAt', { endsAt: 5 }, { endsAt: 0 })).toBe(0);
    expect(effective('endsAt', { endsAt: 0 }, undefined)).toBe(0);
  });

  it('is off, not null, where nothing is decided at this level', () => {
    expect(effective('notifyEvery', {}, undefined)).toBe(false);
  });

  test('equals spreading defaults, link and group over one another', () => {
    fc.assert(
      fc.property(anySettings, fc.option(anySettings, { nil: undefined }), (link, group) => {
        const merged: Record<string, unknown> = { ...link, ...group };
        for (const name of SETTING_NAMES) {
          expect(effective(name, link, group)).toBe(
            name in merged ? merged[name] : (SETTING_RULES[name].default ?? false),
          );
        }
      }),
    );
  });
});

describe('explainSettings', () => {
  it('names the source of each', () => {
    const explained = explainSettings({ paused: true, maxClicks: 5 }, { paused: false });
    const of = (name: SettingName) => explained.find((setting) => setting.name === name);
    expect(of('paused')).toEqual({ name: 'paused', value: false, source: 'group' });
    expect(of('maxClicks')).toEqual({ name: 'maxClicks', value: 5, source: 'link' });
    expect(of('redirectType')).toEqual({ name: 'redirectType', value: 302, source: 'default' });
    expect(of('notifyEvery')).toEqual({ name: 'notifyEvery', value: null, source: 'default' });
  });

  test('explains every setting once, in order, and never other than it is in force', () => {
    fc.assert(
      fc.property(anySettings, fc.option(anySettings, { nil: undefined }), (link, group) => {
        const explained = explainSettings(link, group);
        expect(explained.map(({ name }) => name)).toEqual(SETTING_NAMES);
        for (const { name, value, source } of explained) {
          expect(value ?? false).toBe(effective(name, link, group));
          const says = { group: group ?? {}, link, default: { [name]: true } }[source];
          expect(name in says).toBe(true);
        }
      }),
    );
  });
});
