import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A network (`203.0.113.0/24`, `2001:4860::/32`) and what the file says of it. */
export type MmdbEntry = readonly [network: string, data: MmdbValue];
export type MmdbValue = string | number | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

interface MmdbOptions {
  readonly ipVersion?: 4 | 6;
  /** Seconds since 1970. */
  readonly builtAt?: number;
}

interface Node {
  readonly children: [Node | undefined, Node | undefined];
  /** Offset in the data section; on leaves. */
  data: number | undefined;
}

/** A MaxMind DB file, written after its specification (2.0) and as small as it can be: 32-bit records, no pointers. */
export function mmdbFile(entries: readonly MmdbEntry[], options: MmdbOptions = {}): Buffer {
  const { ipVersion = 6, builtAt = 1_760_000_000 } = options;
  const root: Node = leaf();
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [network, value] of entries) {
    let node = root;
    for (const bit of bitsOf(network, ipVersion)) {
      node.children[bit] ??= leaf();
      node = node.children[bit];
    }
    node.data = dataBytes;
    const encoded = encode(value);
    data.push(encoded);
    dataBytes += encoded.length;
  }
  const nodes = inner(root);
  const tree = Buffer.alloc(nodes.length * 8);
  const number = new Map(nodes.map((node, index) => [node, index]));
  for (const [index, node] of nodes.entries()) {
    for (const [side, child] of node.children.entries()) {
      tree.writeUInt32BE(recordOf(child, nodes.length, number), index * 8 + side * 4);
    }
  }
  const metadata = encode({
    node_count: nodes.length,
    record_size: 32,
    ip_version: ipVersion,
    database_type: 'Test',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: builtAt,
    languages: ['en'],
    description: { en: 'test' },
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}

function leaf(): Node {
  return { children: [undefined, undefined], data: undefined };
}

/** The nodes below and with this one that hold no data. */
function inner(node: Node): Node[] {
  return [node, ...node.children.flatMap((child) => (child && child.data === undefined ? inner(child) : []))];
}

/** Another node, "nothing known", or an entry of the data section. */
function recordOf(child: Node | undefined, nodes: number, number: ReadonlyMap<Node, number>): number {
  if (child === undefined) return nodes;
  return child.data === undefined ? (number.get(child) ?? nodes) : nodes + 16 + child.data;
}

function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = '', length = ''] = network.split('/');
  const bytes = ipaddr.parse(address).toByteArray();
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((byte >> bit) & 1) as 0 | 1));
  const own = bits.slice(0, Number(length));
  // IPv4 lies at ::/96 of an IPv6 tree.
  return isIP(address) === 4 && ipVersion === 6 ? [...new Array<0>(96).fill(0), ...own] : own;
}

const TYPE = { string: 2, uint32: 6, map: 7, array: 11 } as const;

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(TYPE.string, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(TYPE.uint32, 4), bytes]);
  }
  if (isArray(value)) return Buffer.concat([control(TYPE.array, value.length), ...value.map(encode)]);
  const pairs = Object.entries(value);
  return Buffer.concat([
    control(TYPE.map, pairs.length),
    ...pairs.flatMap(([key, of]) => [encode(key), encode(of)]),
  ]);
}

function isArray(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value);
}

/** Type and size; types above 7 stand in a byte of their own. Sizes up to 284 suffice for tests. */
function control(type: number, size: number): Buffer {
  const short = Math.min(size, 29);
  const bytes = type > 7 ? [short, type - 7] : [(type << 5) | short];
  return Buffer.from(size < 29 ? bytes : [...bytes, size - 29]);
}
