import { expect, test } from 'vitest';
import { addressOfHop, plainAddress } from './peer-address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:7f00:1', '::ffff:7f00:1'],
  ['2001:db8::1', '2001:db8::1'],
  ['', ''],
])('%s is the address %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});

test.each([
  [' 192.0.2.1 ', '192.0.2.1'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['unknown', 'unknown'],
  ['', ''],
])('%s is the hop %s', (hop, address) => {
  expect(addressOfHop(hop)).toBe(address);
});
