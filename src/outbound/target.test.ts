import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { targetProblem } from './target.ts';

const guarded = (url: string) => targetProblem(url, false);

describe('what may be called', () => {
  it.each([
    'https://example.com/hook?key=1',
    'https://example.com:8443/',
    'https://example.com./',
    'https://93.184.215.14/',
    'https://[2606:4700::1111]:444/',
    'https://bücher.example/',
  ])('%s may', (url) => {
    expect(guarded(url)).toBeUndefined();
  });

  it.each([
    ['decimal', 'https://2130706433/'],
    ['hexadecimal', 'https://0x7f.1/'],
    ['one hexadecimal number', 'https://0x7f000001/'],
    ['octal', 'https://0177.0.0.1/'],
    ['short', 'https://127.1/'],
    ['with a trailing dot', 'https://127.0.0.1./'],
    ['in full-width digits', 'https://１２７.0.0.1/'],
    ['percent-encoded', 'https://%31%32%37.0.0.1/'],
    ['backslashed', 'https:\\\\127.0.0.1/'],
    ['without slashes', 'https:127.0.0.1'],
    ['at another port', 'https://127.0.0.1:8443/'],
    ['unspecified', 'https://0.0.0.0/'],
    ['unspecified, as a number', 'https://0/'],
    ['private', 'https://10.1.2.3/'],
    ['private', 'https://172.31.0.1/'],
    ['private', 'https://192.168.1.1/'],
    ['shared by a provider', 'https://100.64.0.1/'],
    ['metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['metadata of Alibaba', 'https://100.100.100.200/'],
    ['metadata of Oracle', 'https://192.0.0.192/'],
    ['wire server of Azure', 'https://168.63.129.16/'],
    ['documentation', 'https://192.0.2.1/'],
    ['documentation', 'https://203.0.113.7/'],
    ['multicast', 'https://224.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['reserved', 'https://240.0.0.1/'],
    ['loopback', 'https://[::1]/'],
    ['unspecified', 'https://[::]/'],
    ['mapped', 'https://[::ffff:127.0.0.1]/'],
    ['mapped, in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['compatible', 'https://[::127.0.0.1]/'],
    ['translated', 'https://[::ffff:0:127.0.0.1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['NAT64 of a network of its own', 'https://[64:ff9b:1::a00:1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['Teredo', 'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/'],
    ['unique local', 'https://[fc00::1]/'],
    ['metadata', 'https://[fd00:ec2::254]/'],
    ['link-local', 'https://[fe80::1]/'],
    ['site-local', 'https://[fec0::1]/'],
    ['documentation', 'https://[2001:db8::1]/'],
    ['documentation', 'https://[3fff::1]/'],
    ['discard', 'https://[100::1]/'],
    ['multicast', 'https://[ff02::1]/'],
  ])('an address that is not public may not: %s, %s', (_what, url) => {
    expect(guarded(url)).toMatch(/^The URL leads to [0-9a-f.:]+, which is not a public address\.$/);
    expect(targetProblem(url, true), 'allowed').toBeUndefined();
  });

  it.each(['https://localhost/', 'https://LOCALHOST./', 'https://a.localhost:8443', 'https://ⓛocalhost/'])(
    '%s may not',
    (url) => {
      expect(guarded(url)).toBe('The URL leads to this machine itself.');
    },
  );

  it('plain http only where private addresses are', () => {
    expect(guarded('http://example.com/')).toContain('https://');
    expect(targetProblem('http://127.0.0.1:8080/', true)).toBeUndefined();
  });

  it.each([true, false])('what is no URL to call may nowhere (private addresses: %s)', (allowPrivate) => {
    for (const url of [
      '',
      '/hook',
      'example.com/hook',
      'ftp://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:text/plain,x',
      'https://',
      'https://exa mple.com/',
      'https://[fe80::1%25eth0]/',
      'https://[fe80::1%eth0]/',
      'https://[::1/',
      'https://example.com:99999/',
      'https://example.com:0/',
      'https://256.1.1.1/',
      'https://me@example.com/',
      'https://me:secret@example.com/',
      'https://:secret@example.com/',
      'https://example.com@127.0.0.1/',
      `https://example.com/${'x'.repeat(3_000)}`,
    ]) {
      expect(targetProblem(url, allowPrivate), url).toMatch(/^The URL .+\.$/);
    }
  });

  it('a refusal tells nothing of what else the URL says', () => {
    expect(guarded('https://me:hunter2@127.0.0.1/token')).not.toMatch(/hunter2|token/);
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const ipv6 = (first: fc.Arbitrary<string>) =>
  fc.tuple(first, group, group, group, group, group, group, group).map((groups) => groups.join(':'));

describe('a public address', () => {
  it('is in IPv4 what stands in no list', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const [a = 0, b = 0, c = 0] = address.split('.').map(Number);
        const special =
          [0, 10, 127].includes(a) ||
          a >= 224 ||
          (a === 100 && b >= 64 && b < 128) ||
          (a === 169 && b === 254) ||
          (a === 172 && b >= 16 && b < 32) ||
          (a === 192 && b === 168);
        if (special) expect(isPublicAddress(address)).toBe(false);
        // A few more small ranges lie in 192, 198, 203 and at 168.63.129.16.
        else if (![168, 192, 198, 203].includes(a)) expect(isPublicAddress(address)).toBe(true);
        expect(isPublicAddress(`::ffff:${address}`), `mapped, ${c}`).toBe(isPublicAddress(address));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is in IPv6 never one that carries an IPv4 address to unwrap', () => {
    const prefixes = ['::', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'];
    fc.assert(
      fc.property(ipv4, fc.constantFrom(...prefixes), (address, prefix) => {
        expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
      }),
    );
    const wrapped = fc.constantFrom('2002', '2001:0');
    fc.assert(
      fc.property(wrapped, group, group, (prefix, high, low) => {
        expect(isPublicAddress(`${prefix}:${high}:${low}::`)).toBe(false);
      }),
    );
  });

  it('lies in IPv6 in what is given out, and has no zone', () => {
    const outside = fc
      .integer({ min: 0, max: 0xffff })
      .filter((value) => value < 0x2000 || value > 0x3fff)
      .map((value) => value.toString(16));
    fc.assert(fc.property(ipv6(outside), (address) => !isPublicAddress(address)));
    const inside = fc.integer({ min: 0x2400, max: 0x2bff }).map((value) => value.toString(16));
    fc.assert(
      fc.property(ipv6(inside), (address) => {
        return isPublicAddress(address) && !isPublicAddress(`${address}%eth0`);
      }),
    );
  });

  it.each(['', 'example.com', '127.0.0.1:80', '1.2.3', '[2606::1]', 'fe80::1%eth0'])('is not %j', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});
