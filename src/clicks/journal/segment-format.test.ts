import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClickRecord } from '../click-record.ts';
import { anyClickRecord, clickRecord } from '../testing/click-records.ts';
import {
  checkHeader,
  encodeHeader,
  FrameEncoder,
  HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  readFrame,
  UnreadableSegment,
} from './segment-format.ts';

const UUID = '0b6c1c0e-6f0b-4a55-9d0e-3f1f2b7a9c11';
const batches = fc.array(fc.array(anyClickRecord, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
});

function encodeAll(frames: readonly (readonly ClickRecord[])[]): { bytes: Buffer; ends: number[] } {
  const encoder = new FrameEncoder();
  const parts = frames.map((records) => Buffer.from(encoder.encode(records)));
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
  return { bytes: Buffer.concat(parts), ends };
}

function decodeAll(
  bytes: Buffer,
  complete = true,
): { frames: (readonly ClickRecord[])[]; at: number; skipped: number } {
  const frames: (readonly ClickRecord[])[] = [];
  let at = 0;
  let skipped = 0;
  for (;;) {
    const read = readFrame(bytes, at, complete);
    if (read.kind === 'end' || read.kind === 'incomplete') return { frames, at, skipped };
    expect(read.end).toBeGreaterThan(at);
    expect(read.end).toBeLessThanOrEqual(bytes.length);
    if (read.kind === 'frame') frames.push(read.records);
    else skipped += read.end - at;
    at = read.end;
  }
}

test('what is encoded is decoded, whatever a visitor sends', () => {
  fc.assert(
    fc.property(batches, (frames) => {
      const { bytes } = encodeAll(frames);
      expect(decodeAll(bytes)).toEqual({ frames, at: bytes.length, skipped: 0 });
    }),
  );
});

test('cut anywhere, the frames before the cut are read and the torn one is not', () => {
  fc.assert(
    fc.property(batches, fc.nat(), (frames, where) => {
      const { bytes, ends } = encodeAll(frames);
      const cut = where % bytes.length;
      const whole = ends.filter((end) => end <= cut).length;
      const torn = bytes.subarray(0, cut);
      expect(decodeAll(torn, false)).toEqual({
        frames: frames.slice(0, whole),
        at: ends[whole - 1] ?? 0,
        skipped: 0,
      });
      expect(decodeAll(torn).frames).toEqual(frames.slice(0, whole));
    }),
  );
});

test('flipped bits lose at most the frames they touch and never invent a record', () => {
  fc.assert(
    fc.property(batches, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (frames, flips) => {
      const { bytes, ends } = encodeAll(frames);
      const touched = new Set<number>();
      for (const flip of flips) {
        const bit = flip % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        touched.add(ends.findIndex((end) => bit >> 3 < end));
      }
      const read = decodeAll(bytes).frames.map((records) => JSON.stringify(records));
      const written = frames.map((records) => JSON.stringify(records));
      expect(written).toEqual(expect.arrayContaining(read));
      const untouched = written.filter((_, index) => !touched.has(index));
      expect(read).toEqual(expect.arrayContaining(untouched));
      expect(read.length).toBeLessThanOrEqual(written.length);
    }),
    { numRuns: 300 },
  );
});

test('arbitrary bytes never make the decoder throw', () => {
  const magic = fc.constantFrom(Buffer.from([0xff, 0x00, 0xfe, 0x46]), Buffer.from([0xff, 0x00]));
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    magic,
    fc
      .array(anyClickRecord, { maxLength: 2 })
      .map((records) => Buffer.from(new FrameEncoder().encode(records))),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.boolean(), (pieces, complete) => {
      const bytes = Buffer.concat(pieces);
      const { at } = decodeAll(bytes, complete);
      if (complete) expect(at).toBe(bytes.length);
      expect(() => checkHeader(bytes, UUID)).not.toThrow();
    }),
  );
});

test('a batch larger than a frame may be becomes several frames', () => {
  const userAgent = 'x'.repeat(3 * 1024 * 1024);
  const records = Array.from({ length: 7 }, () => clickRecord({ userAgent }));
  const { frames } = decodeAll(encodeAll([records]).bytes);
  expect(frames.length).toBeGreaterThan(1);
  expect(frames.flat()).toEqual(records);
});

test('a record that fits no frame is refused', () => {
  const record = clickRecord({ userAgent: 'x'.repeat(MAX_PAYLOAD_BYTES) });
  expect(() => new FrameEncoder().encode([record])).toThrow(RangeError);
});

test('a header is recognised, rot in it is noticed', () => {
  const header = encodeHeader(UUID, Date.now());
  expect(header).toHaveLength(HEADER_BYTES);
  expect(checkHeader(header, UUID)).toBe(true);
  for (let bit = 0; bit < HEADER_BYTES * 8; bit += 1) {
    const rotten = Buffer.from(header);
    rotten.writeUInt8(rotten.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(checkHeader(rotten, UUID)).toBe(false);
  }
});

test('a segment of another name or an unknown format is refused with a sentence', async () => {
  const { crc32 } = await import('node:zlib');
  const header = encodeHeader(UUID, Date.now());
  expect(() => checkHeader(header, UUID.replace('0b', '0c'))).toThrow(UnreadableSegment);
  header.writeUInt32BE(3, 8);
  header.writeUInt32BE(crc32(header.subarray(0, 36)), 36);
  expect(() => checkHeader(header, UUID)).toThrow(
    /has format 3 and this version of Switchyard reads formats 1 to 2/,
  );
});

test('segments of the first format are read: their records have nothing to do with apps', async () => {
  const { crc32 } = await import('node:zlib');
  const header = encodeHeader(UUID, 1);
  header.writeUInt32BE(1, 8);
  header.writeUInt32BE(crc32(header.subarray(0, 36)), 36);
  expect(checkHeader(header, UUID)).toBe(true);
  const { bytes } = encodeAll([[clickRecord({ app: null })]]);
  // As it was written then: thirteen elements, and nothing behind them.
  expect(JSON.parse(bytes.toString('utf8', 12))).toEqual([expect.objectContaining({ length: 13 })]);
  expect(decodeAll(bytes).frames[0]?.[0]?.app).toBeNull();
});

test('a record about an app is as long as what is known of it', () => {
  const app = { platform: 'ios', query: 'a=1', unlocked: null };
  const { bytes } = encodeAll([
    [clickRecord({ app })],
    [clickRecord({ app: { ...app, unlocked: 'version' } })],
  ]);
  expect(bytes.toString('latin1')).toContain('["ios","a=1"]');
  expect(bytes.toString('latin1')).toContain('["ios","a=1","version"]');
  expect(decodeAll(bytes).frames.map(([record]) => record?.app?.unlocked)).toEqual([null, 'version']);
});
