import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../links/setting.ts';
import {
  qualifies,
  type ThresholdEndpoint,
  type ThresholdGroup,
  type ThresholdProject,
  thresholdsOf,
} from './threshold.ts';

const OF_PROJECT: ThresholdEndpoint = { id: 1, publicId: 'whk_project', of: 'project', disabled: false };
const OF_GROUP: ThresholdEndpoint = { id: 2, publicId: 'whk_group', of: 'group', disabled: false };

const PROJECT: ThresholdProject = {
  id: 1,
  publicId: 'prj_1',
  timeZone: 'Asia/Seoul',
  homeCountry: 'KR',
  notifyEvery: 100,
  webhookEnabled: true,
  webhookUrl: 'https://project.example/',
  webhookMetric: null,
  webhookFrequency: null,
  endpoint: OF_PROJECT,
};
const group = (settings: Settings, endpoint: ThresholdEndpoint | null = OF_GROUP): ThresholdGroup => ({
  id: 5,
  publicId: 'grp_5',
  name: 'Summer',
  settings,
  endpoint,
});
const ON = { webhookEnabled: true, webhookUrl: 'https://group.example/' } as const;

const webhook = (project: Partial<ThresholdProject>, of?: ThresholdGroup) =>
  thresholdsOf({ ...PROJECT, ...project }, of, {}).find(({ channel }) => channel === 'webhook');

describe('the webhook that is told of a click', () => {
  it.each([
    ['the project’s, for every click, where nothing else is said', {}, undefined, OF_PROJECT, 'clicks', 1],
    [
      'the project’s as it wants it',
      { webhookMetric: 'visitors', webhookFrequency: 50 },
      undefined,
      OF_PROJECT,
      'visitors',
      50,
    ],
    ['the project’s, where the group has none', {}, group({}), OF_PROJECT, 'clicks', 1],
    [
      'the project’s, where the group’s is off',
      {},
      group({ ...ON, webhookEnabled: false }),
      OF_PROJECT,
      'clicks',
      1,
    ],
    [
      'the project’s, where the group’s has no URL',
      {},
      group({ webhookEnabled: true }),
      OF_PROJECT,
      'clicks',
      1,
    ],
    [
      'the group’s before the project’s, and nothing of the project’s wishes',
      { webhookMetric: 'visitors', webhookFrequency: 50 },
      group(ON),
      OF_GROUP,
      'clicks',
      1,
    ],
    [
      'the group’s as it wants it',
      {},
      group({ ...ON, webhookMetric: 'visitors', webhookFrequency: 300 }),
      OF_GROUP,
      'visitors',
      300,
    ],
    ['the group’s, where the project has no URL', { webhookUrl: null }, group(ON), OF_GROUP, 'clicks', 1],
    [
      'the group’s, though it is disabled',
      {},
      group(ON, { ...OF_GROUP, disabled: true }),
      { ...OF_GROUP, disabled: true },
      'clicks',
      1,
    ],
  ] as const)('is %s', (_, project, of, endpoint, metric, every) => {
    expect(webhook(project, of)).toEqual({ channel: 'webhook', endpoint, metric, every });
  });

  it.each([
    ['the project has webhooks off', { webhookEnabled: false }, undefined],
    ['the project has webhooks off, whatever the group says', { webhookEnabled: false }, group(ON)],
    ['nobody has a URL', { webhookUrl: null }, group({})],
    ['the project’s receiver has no row', { endpoint: null }, undefined],
    ['the group’s receiver has no row', {}, group(ON, null)],
  ] as const)('does not exist where %s', (_, project, of) => {
    expect(webhook(project, of)).toBeUndefined();
  });
});

describe('notifications', () => {
  it('follow the group, else the link; their distance follows the project at last', () => {
    const anySettings = fc.record(
      {
        notifyByMail: fc.constantFrom(true as const, false as const),
        notifyByPush: fc.constantFrom(true as const, false as const),
        notifyEvery: fc.integer({ min: 1, max: 9 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anySettings, fc.option(anySettings), (link, ofGroup) => {
        const all = thresholdsOf(
          { ...PROJECT, webhookUrl: null },
          ofGroup ? group(ofGroup) : undefined,
          link,
        );
        const every = ofGroup?.notifyEvery ?? link.notifyEvery ?? 100;
        const expected = (['mail', 'push'] as const).filter((channel) => {
          const name = channel === 'mail' ? 'notifyByMail' : 'notifyByPush';
          return ofGroup?.[name] ?? link[name] ?? false;
        });
        expect(all).toEqual(expected.map((channel) => ({ channel, metric: 'clicks', every })));
      }),
    );
  });
});

describe('a click from abroad', () => {
  it.each([
    ['KR', {}, undefined, true],
    ['US', {}, undefined, true],
    ['US', { excludeForeign: true }, undefined, false],
    ['KR', { excludeForeign: true }, undefined, true],
    ['', { excludeForeign: true }, undefined, true],
    ['US', { excludeForeign: true }, { excludeForeign: false }, true],
    ['US', {}, { excludeForeign: true }, false],
    ['US', { excludeForeign: false }, { excludeForeign: true }, false],
  ] as const)('from "%s", link %j, group %j: qualifies %s', (country, link, ofGroup, expected) => {
    expect(qualifies(country, PROJECT, ofGroup && group(ofGroup), link)).toBe(expected);
  });
});
