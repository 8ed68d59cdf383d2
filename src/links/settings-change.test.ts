import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Failure } from '../errors.ts';
import { secretMatches } from './secret-hash.ts';
import { SETTING_NAMES, SETTING_RULES, type SettingName, type Settings } from './setting.ts';
import { applySettings, prepareSettings, type SettingsPatch } from './settings-change.ts';

type Owner = 'link' | 'group';

async function change(current: Settings, patch: SettingsPatch, owner: Owner = 'link'): Promise<Settings> {
  return applySettings(current, await prepareSettings(patch, owner));
}

/** The fields a change is refused for. Fails when it is not refused. */
async function refusedFields(patch: SettingsPatch, owner: Owner = 'link', current: Settings = {}) {
  const error: unknown = await change(current, patch, owner).then(
    (settings) => expect.fail(`accepted: ${JSON.stringify(settings)}`),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).code).toBe('invalid');
  return (error as Failure).fields.map(({ field }) => field);
}

describe('a change of settings', () => {
  it('leaves alone what it does not name', async () => {
    expect(await change({ paused: true, maxClicks: 5 }, { redirectType: 301 })).toEqual({
      paused: true,
      maxClicks: 5,
      redirectType: 301,
    });
    expect(await change({ paused: true }, { paused: undefined })).toEqual({ paused: true });
  });

  it('unsets with null, which is something else than off', async () => {
    const unset = await change({ paused: true, maxClicks: 5 }, { paused: null, maxClicks: null });
    expect(unset).toEqual({});
    expect(Object.keys(unset)).toEqual([]);
    expect(await change({ paused: true }, { paused: false })).toEqual({ paused: false });
    expect(await change({}, { maxClicks: null })).toEqual({});
  });

  it('takes 0 clicks for "no limit"', async () => {
    expect(await change({ maxClicks: 5 }, { maxClicks: 0 })).toEqual({ maxClicks: false });
    expect(await refusedFields({ maxClicks: -1 })).toEqual(['settings.maxClicks']);
    expect(await refusedFields({ notifyEvery: 0 })).toEqual(['settings.notifyEvery']);
  });

  it('does not touch the settings it is applied to', async () => {
    const current = Object.freeze({ paused: true, maxClicks: 5 } as const);
    await change(current, { paused: null, maxClicks: 9, endsAt: 1 });
    expect(current).toEqual({ paused: true, maxClicks: 5 });
  });

  it('unsets every setting, also those that cannot be off', async () => {
    const patch = Object.fromEntries(SETTING_NAMES.map((name) => [name, null]));
    const everything = Object.fromEntries(SETTING_NAMES.map((name) => [name, 1])) as unknown as Settings;
    expect(await change(everything, patch, 'group')).toEqual({});
  });
});

describe('rules between settings', () => {
  it('want an end that is not before the start, in the row being written', async () => {
    expect(await change({}, { startsAt: 100, endsAt: 100 })).toEqual({ startsAt: 100, endsAt: 100 });
    expect(await refusedFields({ startsAt: 101, endsAt: 100 })).toEqual(['settings.endsAt']);
    expect(await refusedFields({ endsAt: 100 }, 'link', { startsAt: 101 })).toEqual(['settings.endsAt']);
    expect(await refusedFields({ startsAt: 101 }, 'link', { endsAt: 100 })).toEqual(['settings.endsAt']);
    expect(await change({ startsAt: 101 }, { startsAt: null, endsAt: 100 })).toEqual({ endsAt: 100 });
    expect(await change({ startsAt: 101 }, { startsAt: false, endsAt: 100 })).toEqual({
      startsAt: false,
      endsAt: 100,
    });
  });

  it('want it also of an end in the first millisecond of 1970', async () => {
    expect(await refusedFields({ startsAt: 100, endsAt: 0 })).toEqual(['settings.endsAt']);
  });

  it('allow an end in the past: it ends the link now', async () => {
    expect(await change({}, { endsAt: 1 })).toEqual({ endsAt: 1 });
  });

  it('want a URL for a webhook that is switched on', async () => {
    expect(await refusedFields({ webhookEnabled: true }, 'group')).toEqual(['settings.webhookUrl']);
    const on = { webhookEnabled: true, webhookUrl: 'https://hook.example/' } as const;
    expect(await change({}, on, 'group')).toEqual(on);
    expect(await refusedFields({ webhookUrl: null }, 'group', on)).toEqual(['settings.webhookUrl']);
    expect(await refusedFields({ webhookUrl: false }, 'group', on)).toEqual(['settings.webhookUrl']);
    expect(await change(on, { webhookEnabled: false, webhookUrl: null }, 'group')).toEqual({
      webhookEnabled: false,
    });
  });
});

describe('what is refused', () => {
  it('names all broken fields at once', async () => {
    const patch = { startsAt: 'tomorrow', maxClicks: 1.5, nonsense: 1, redirectType: false } as SettingsPatch;
    expect((await refusedFields(patch)).sort()).toEqual([
      'settings.maxClicks',
      'settings.nonsense',
      'settings.redirectType',
      'settings.startsAt',
    ]);
  });

  it.each(['nonsense', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''])(
    'is a setting called "%s"',
    async (name) => {
      const patch = JSON.parse(`{${JSON.stringify(name)}: true}`) as SettingsPatch;
      expect(await refusedFields(patch, 'group')).toEqual([`settings.${name}`]);
    },
  );

  it.each(['webhookEnabled', 'webhookUrl', 'webhookMetric', 'webhookFrequency'] as const)(
    'is %s on a link (Ruling 12), whatever its value',
    async (name) => {
      for (const value of [true, false, null, 'https://hook.example/', 1, 'clicks']) {
        expect(await refusedFields({ [name]: value }, 'link')).toEqual([`settings.${name}`]);
      }
    },
  );

  it.each(['redirectType', 'notifyEvery', 'webhookMetric', 'webhookFrequency'] as const)(
    'is switching %s off: it has no off',
    async (name) => {
      expect(await refusedFields({ [name]: false }, 'group')).toEqual([`settings.${name}`]);
    },
  );

  it('is a URL that no browser should be sent to', async () => {
    for (const expiredUrl of [
      'javascript:alert(1)',
      'data:text/html,x',
      '//host',
      'https://a b',
      '',
      'ftp://a',
    ]) {
      expect(await refusedFields({ expiredUrl })).toEqual(['settings.expiredUrl']);
    }
  });
});

describe('secrets', () => {
  it('are kept as argon2id hashes that match, and never in clear', async () => {
    const secret = 'correct horse 봄';
    const prepared = await prepareSettings({ password: secret, statsPassword: secret }, 'link');
    expect(JSON.stringify(prepared)).not.toContain('horse');
    const { password, statsPassword } = applySettings({}, prepared);
    expect(password).toMatch(/^\$argon2id\$/);
    expect(statsPassword).toMatch(/^\$argon2id\$/);
    expect(statsPassword, 'salted').not.toBe(password);
    expect(await secretMatches(String(password), secret)).toBe(true);
    expect(await secretMatches(String(password), secret.normalize('NFD'))).toBe(true);
    expect(await secretMatches(String(password), 'correct horse')).toBe(false);
  });

  it('are not repeated in what is said about a wrong one', async () => {
    const error = await prepareSettings({ password: 'abc', maxClicks: 'x' }, 'link').catch(String);
    expect(error).not.toContain('abc');
  });

  it('have 4 to 64 characters, none of them control characters', async () => {
    for (const password of ['abc', 'x'.repeat(65), 'abcd\n', 'ab\0cd', 1234, true, ['abcd']]) {
      expect(await refusedFields({ password })).toEqual(['settings.password']);
    }
    expect((await change({}, { password: 'x'.repeat(64) })).password).toMatch(/^\$argon2id\$/);
  });

  it('can be off and unset without being hashed', async () => {
    expect(await change({ password: 'hash' }, { password: false })).toEqual({ password: false });
    expect(await change({ password: 'hash' }, { password: null })).toEqual({});
  });
});

describe('any value of any type', () => {
  /** What a stored value that is not off has to be, in the words of the documentation. */
  const isGood: { [K in SettingName]: (value: unknown) => boolean } = {
    paused: isTrue,
    startsAt: isInstant,
    endsAt: isInstant,
    expiredUrl: isUrl,
    password: isHash,
    maxClicks: isCount,
    redirectType: (value) => value === 200 || value === 301 || value === 302,
    passQuery: isTrue,
    qrBypass: isTrue,
    excludeForeign: isTrue,
    notifyByPush: isTrue,
    notifyByMail: isTrue,
    notifyEvery: isCount,
    statsPassword: isHash,
    pushSubscription: isTrue,
    webhookEnabled: isTrue,
    webhookUrl: isUrl,
    webhookMetric: (value) => value === 'clicks' || value === 'visitors',
    webhookFrequency: (value) => [1, 50, 100, 300, 500, 1000].some((allowed) => allowed === value),
  };

  const hostile = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      '',
      '0',
      '1',
      'true',
      'false',
      'null',
      '302',
      'https://example.com',
      'https://example.com/\r\nSet-Cookie: a=1',
      'HTTPS://EXAMPLE.COM',
      'javascript:alert(1)',
      'https://',
      '__proto__',
      0,
      -0,
      -1,
      1,
      0.5,
      302,
      2 ** 53,
      1e300,
      Date.UTC(2030, 0),
      Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      Date.UTC(10_000, 0),
      1_000_000_001,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      false,
      null,
      [],
      [302],
      {},
      { valueOf: 302 },
      new Date(),
      10n,
    ),
  );

  test.each(SETTING_NAMES)('%s is refused by name, or its stored value is good', async (name) => {
    let accepted = 0;
    let refused = 0;
    const secret = SETTING_RULES[name].secret;
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const current = { webhookUrl: 'https://hook.example/' };
        let settings: Settings;
        try {
          settings = await change(current, { [name]: value }, 'group');
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(Failure);
          expect((error as Failure).code).toBe('invalid');
          expect((error as Failure).fields.map(({ field }) => field)).toEqual([`settings.${name}`]);
          return;
        }
        accepted++;
        const stored = settings[name];
        if (value === null) expect(name in settings).toBe(false);
        else if (stored === false)
          expect(value === false || (name === 'maxClicks' && value === 0)).toBe(true);
        else expect(isGood[name](stored), JSON.stringify(stored)).toBe(true);
        if (stored !== undefined && stored !== false && !secret) expect(stored).toBe(value);
        const asStored = JSON.stringify(settings);
        expect(JSON.stringify(JSON.parse(asStored)), 'survives being stored').toBe(asStored);
        expect(Object.keys(JSON.parse(asStored))).toEqual(Object.keys(settings));
      }),
      { numRuns: secret ? 100 : 400 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  function isTrue(value: unknown): boolean {
    return value === true;
  }

  function isInstant(value: unknown): boolean {
    return Number.isInteger(value) && Number(value) >= 0 && Number(value) < Date.UTC(10_000, 0);
  }

  function isCount(value: unknown): boolean {
    return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1e9;
  }

  function isUrl(value: unknown): boolean {
    return typeof value === 'string' && /^https?:\/\/[^\s]+$/i.test(value);
  }

  function isHash(value: unknown): boolean {
    return typeof value === 'string' && value.startsWith('$argon2id$');
  }
});
