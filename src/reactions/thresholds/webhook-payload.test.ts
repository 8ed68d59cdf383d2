import { expect, it } from 'vitest';
import { type ClickEvent, sampleClickEvent, webhookPayload } from './webhook-payload.ts';

const EVENT: ClickEvent = {
  eventId: '89365c75dae740ac8500dfc48c5014b5',
  kind: 'clicks',
  at: Date.UTC(2026, 2, 10, 3, 0, 0, 999),
  project: { id: 42, publicId: 'prj_42', timeZone: 'Asia/Seoul' },
  endpointOf: 'group',
  metric: 'clicks',
  every: 50,
  clicks: 100,
  visitors: 84,
  link: {
    publicId: 'lnk_kYdr',
    code: 'kYdr',
    domainUrl: 'https://go.example',
    shortUrl: 'https://go.example/kYdr',
    destination: 'https://example.com/?a="b"',
    title: '여름 \u2028 "sale"',
  },
  group: { id: 5066, publicId: 'grp_5066', name: 'Instagram Group' },
};

it('is JSON in the documented names and order, ours after them', () => {
  expect(webhookPayload(EVENT)).toBe(
    '{"payloadVersion":"v1","linkId":"kYdr","domain":"https://go.example","grpIdx":5066,"grpNm":"Instagram Group",' +
      '"url":"https://example.com/?a=\\"b\\"","ttl":"여름 \u2028 \\"sale\\"","webhookMetric":"C","webhookFrequency":50,' +
      '"acesCnt":100,"pernCnt":84,"ymdt":"2026-03-10 12:00:00","event":"link.clicks",' +
      '"eventId":"89365c75dae740ac8500dfc48c5014b5","timestamp":"2026-03-10T03:00:00.999Z",' +
      '"shortUrl":"https://go.example/kYdr","webhookType":"GROUP","compIdx":42,' +
      '"linkPublicId":"lnk_kYdr","groupPublicId":"grp_5066","projectPublicId":"prj_42"}',
  );
});

it('says visitors, no group and the project’s own webhook in the same names', () => {
  const event: ClickEvent = { ...EVENT, metric: 'visitors', group: null, endpointOf: 'project' };
  expect(JSON.parse(webhookPayload(event))).toMatchObject({
    webhookMetric: 'P',
    grpIdx: 0,
    grpNm: null,
    groupPublicId: null,
    webhookType: 'GLOBAL',
  });
});

it('tries a webhook with all that a real event has, marked as a test', () => {
  const { eventId, at, project, endpointOf, metric, every, group } = EVENT;
  const sample = sampleClickEvent({
    eventId,
    at,
    project,
    endpointOf,
    metric,
    every,
    group,
    publicUrl: 'https://go.example:8443',
  });
  const [tried, real] = [webhookPayload(sample), webhookPayload(EVENT)].map((text) => JSON.parse(text));
  expect(Object.keys(tried)).toEqual(Object.keys(real));
  expect(tried).toMatchObject({
    event: 'test',
    shortUrl: 'https://go.example:8443/test',
    acesCnt: 50,
    grpIdx: 5066,
  });
});
