import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INFO_FIELDS, infoFieldOf, infoOfParameters, parametersOfInfo } from './dynamic-link-info.ts';
import { LONG_LINK_PARAMETERS, type LongLinkParameters } from './long-link-parameters.ts';

test('every parameter but the mark of a visit has a place in a body, and no two have the same', () => {
  expect([...INFO_FIELDS.keys(), 'd']).toEqual([...LONG_LINK_PARAMETERS]);
  expect(new Set([...INFO_FIELDS.values()].map((path) => path.join('.'))).size).toBe(INFO_FIELDS.size);
  expect(infoFieldOf('ibi')).toBe('iosInfo.iosBundleId');
  expect(infoFieldOf('made-up')).toBe('made-up');
});

test('a body says what its long link says, and the other way round', () => {
  const parameters: fc.Arbitrary<LongLinkParameters> = fc.record(
    Object.fromEntries(
      [...INFO_FIELDS.keys()].map((name) => [
        name,
        name === 'efr' ? fc.constant('1') : fc.string({ minLength: 1 }),
      ]),
    ),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(parameters, (given) => {
      expect(parametersOfInfo(infoOfParameters(given))).toEqual(given);
    }),
  );
});

test('what is empty or false says nothing', () => {
  const info = { link: '', navigationInfo: { enableForcedRedirect: false }, iosInfo: undefined };
  expect(parametersOfInfo(info)).toEqual({});
});
