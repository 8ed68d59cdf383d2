import type { Failure, FailureCode } from '../../errors.ts';
import type { MessageKind } from './messages.ts';
import { type Problem, Refusal } from './refusal.ts';
import { GROUP_SETTING_FIELDS } from './setting-fields.ts';

/** What the client calls the core's fields, settings apart: their names stand with their rules. */
const FIELDS: Readonly<Record<string, string>> = {
  destination: 'url',
  domain: 'domain',
  code: 'brandLinkId',
  groupId: 'grpIdx',
  title: 'ttl',
  description: 'description',
  imageUrl: 'metaImg',
  memo: 'memo',
  name: 'nm',
  deleteAt: 'delYmdt',
  ...Object.fromEntries(
    Object.entries(GROUP_SETTING_FIELDS).map(([field, { setting }]) => [`settings.${setting}`, field]),
  ),
};

/** What only shows when a row is written: values have been looked at one by one before. */
const KINDS: Readonly<Record<string, MessageKind>> = {
  destination: 'ownUrl',
  'settings.expiredUrl': 'ownUrl',
  groupId: 'unknownGroup',
  domain: 'unknownDomain',
  'settings.endsAt': 'endBeforeStart',
  'settings.webhookUrl': 'callbackNeeded',
};

const KIND_OF_CODE: Readonly<Record<FailureCode, MessageKind>> = {
  invalid: 'invalid',
  unauthenticated: 'noKey',
  'key-expired': 'expiredKey',
  forbidden: 'forbidden',
  'not-found': 'gone',
  'code-taken': 'takenLinkId',
  stale: 'invalid',
  'idempotency-conflict': 'invalid',
  conflict: 'invalid',
  'webhooks-off': 'webhooksOff',
  busy: 'busy',
  abandoned: 'busy',
  unavailable: 'unavailable',
};

/** What the core refuses, in the words of this API. */
export function inClientWords({ code, fields }: Failure): Refusal {
  const [first, ...others] = fields.map(({ field }): Problem => {
    // The core is told where it is by the client's own path: `links[3].code`.
    const [, path = '', name = ''] = /^(links\[\d+\]\.)?(.*)$/.exec(field) ?? [];
    const known = FIELDS[name];
    return {
      kind: (code === 'invalid' && KINDS[name]) || KIND_OF_CODE[code],
      ...(known === undefined ? {} : { field: path + known }),
      values: { start: 'strtYmdt' },
    };
  });
  return first ? new Refusal(first, ...others) : new Refusal({ kind: KIND_OF_CODE[code] });
}
