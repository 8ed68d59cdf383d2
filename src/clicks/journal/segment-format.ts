import { crc32 } from 'node:zlib';
import type { AppTrace, ClickRecord } from '../click-record.ts';

/*
 * A segment is a header and then frames; a frame is everything that was journalled in one turn of the event loop.
 *
 *   header  magic 8 | version u32 | uuid 16 | createdAt f64 | crc u32 over all before it
 *   frame   magic 4 | crc u32 over all after it | payload length u32 | payload: JSON in UTF-8, an array of records
 *
 * Numbers are big-endian. A record is an array by position, because names would be a third of the bytes; its last
 * element is only there in records that have to do with apps (format 2).
 * Both magics hold bytes that cannot occur in UTF-8 JSON (0xFF, a bare 0x00), so nothing a visitor sends can look
 * like the start of a frame. A frame counts whole or not at all: a torn one holds no answered click.
 */

const FORMAT_VERSION = 2;
const OLDEST_FORMAT = 1;
const FILE_MAGIC = Buffer.from([0xff, 0x00, 0x53, 0x57, 0x59, 0x4a, 0x0d, 0x0a]);
const FRAME_MAGIC = Buffer.from([0xff, 0x00, 0xfe, 0x46]);
const FRAME_HEADER_BYTES = 12;
const HEADER_CRC_AT = 36;

export const HEADER_BYTES = 40;
/** A longer length is rot. Also what a reader must be able to hold in memory. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export class UnreadableSegment extends Error {
  override name = 'UnreadableSegment';
}

export function encodeHeader(uuid: string, createdAt: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  FILE_MAGIC.copy(header);
  header.writeUInt32BE(FORMAT_VERSION, 8);
  header.write(uuid.replaceAll('-', ''), 12, 'hex');
  header.writeDoubleBE(createdAt, 28);
  header.writeUInt32BE(crc32(header.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
  return header;
}

/**
 * @returns whether the header is whole; frames behind a damaged one can still be read.
 * @throws UnreadableSegment when the header is whole and says that the frames must not be read as ours.
 */
export function checkHeader(bytes: Buffer, uuid: string): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  if (bytes.readUInt32BE(HEADER_CRC_AT) !== crc32(bytes.subarray(0, HEADER_CRC_AT))) return false;
  if (!FILE_MAGIC.equals(bytes.subarray(0, FILE_MAGIC.length))) return false;
  const version = bytes.readUInt32BE(8);
  if (version < OLDEST_FORMAT || version > FORMAT_VERSION) {
    throw new UnreadableSegment(
      `Journal segment ${uuid} has format ${version} and this version of Switchyard reads formats ${OLDEST_FORMAT} to ${FORMAT_VERSION}: ` +
        'start the version that wrote it once more, so that it is ingested.',
    );
  }
  const written = bytes.toString('hex', 12, 28);
  if (written !== uuid.replaceAll('-', '')) {
    throw new UnreadableSegment(
      `The journal segment named ${uuid} was written as ${written}: a renamed or copied segment would be counted twice, ` +
        'give it its name back or move it away.',
    );
  }
  return true;
}

/** Encodes batches into one growing buffer, so that a click costs no Buffer of its own. */
export class FrameEncoder {
  static readonly #INITIAL_BYTES = 64 * 1024;
  static readonly #KEPT_BYTES = 4 * 1024 * 1024;
  #bytes = Buffer.allocUnsafe(FrameEncoder.#INITIAL_BYTES);
  #length = 0;

  /** One frame; more only when the records exceed MAX_PAYLOAD_BYTES. @returns a view that the next call overwrites. */
  encode(records: readonly ClickRecord[]): Buffer {
    if (this.#bytes.length > FrameEncoder.#KEPT_BYTES)
      this.#bytes = Buffer.allocUnsafe(FrameEncoder.#INITIAL_BYTES);
    this.#length = 0;
    this.#add(records.map(toTuple));
    return this.#bytes.subarray(0, this.#length);
  }

  #add(tuples: readonly RecordTuple[]): void {
    const json = JSON.stringify(tuples);
    const start = this.#length;
    const payloadStart = start + FRAME_HEADER_BYTES;
    // UTF-8 takes at most three bytes for a UTF-16 unit: reserving them is cheaper than measuring first.
    this.#reserve(payloadStart + json.length * 3);
    const payloadBytes = this.#bytes.write(json, payloadStart, 'utf8');
    if (payloadBytes > MAX_PAYLOAD_BYTES) {
      this.#addHalves(tuples);
      return;
    }
    const end = payloadStart + payloadBytes;
    FRAME_MAGIC.copy(this.#bytes, start);
    this.#bytes.writeUInt32BE(payloadBytes, start + 8);
    this.#bytes.writeUInt32BE(crc32(this.#bytes.subarray(start + 8, end)), start + 4);
    this.#length = end;
  }

  #addHalves(tuples: readonly RecordTuple[]): void {
    if (tuples.length < 2) throw new RangeError(`A click record exceeds ${MAX_PAYLOAD_BYTES} bytes`);
    const middle = tuples.length >> 1;
    this.#add(tuples.slice(0, middle));
    this.#add(tuples.slice(middle));
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

export type FrameRead =
  | { readonly kind: 'frame'; readonly end: number; readonly records: readonly ClickRecord[] }
  /** Not a frame; reading goes on at `end`, where the next one may start. */
  | { readonly kind: 'damaged'; readonly end: number }
  /** The start of a frame, as far as can be told. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'end' };

/**
 * What stands at `offset`. Never throws, whatever the bytes.
 * @param complete no byte will ever follow these: what is incomplete is damaged.
 */
export function readFrame(bytes: Buffer, offset: number, complete: boolean): FrameRead {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'end' };
  const magicBytes = Math.min(available, FRAME_MAGIC.length);
  if (bytes.compare(FRAME_MAGIC, 0, magicBytes, offset, offset + magicBytes) !== 0) {
    return damagedUntilNextMagic(bytes, offset, complete);
  }
  const payloadBytes = available < FRAME_HEADER_BYTES ? 0 : bytes.readUInt32BE(offset + 8);
  if (payloadBytes > MAX_PAYLOAD_BYTES) return damagedUntilNextMagic(bytes, offset, complete);
  const frameBytes = FRAME_HEADER_BYTES + payloadBytes;
  if (available < frameBytes) {
    return complete ? damagedUntilNextMagic(bytes, offset, complete) : { kind: 'incomplete' };
  }
  const end = offset + frameBytes;
  const sound = bytes.readUInt32BE(offset + 4) === crc32(bytes.subarray(offset + 8, end));
  const records = sound ? parsePayload(bytes.toString('utf8', offset + FRAME_HEADER_BYTES, end)) : undefined;
  return records ? { kind: 'frame', end, records } : damagedUntilNextMagic(bytes, offset, complete);
}

/** Rot in the middle must not lose the rest: the next magic is tried, and its checksum says whether it is a frame. */
function damagedUntilNextMagic(bytes: Buffer, offset: number, complete: boolean): FrameRead {
  const next = bytes.indexOf(FRAME_MAGIC, offset + 1);
  if (next !== -1) return { kind: 'damaged', end: next };
  let end = bytes.length;
  // The last bytes may be the beginning of a magic whose rest has not been read yet.
  if (!complete) {
    end = Math.max(offset + 1, bytes.length - FRAME_MAGIC.length + 1);
    while (end < bytes.length && !FRAME_MAGIC.subarray(0, bytes.length - end).equals(bytes.subarray(end)))
      end += 1;
  }
  return { kind: 'damaged', end };
}

type RecordTuple = readonly [
  id: ClickRecord['id'],
  kind: ClickRecord['kind'],
  at: ClickRecord['at'],
  linkId: ClickRecord['linkId'],
  groupId: ClickRecord['groupId'],
  domainId: ClickRecord['domainId'],
  routeId: ClickRecord['routeId'],
  flags: ClickRecord['flags'],
  address: ClickRecord['address'],
  userAgent: ClickRecord['userAgent'],
  language: ClickRecord['language'],
  referrer: ClickRecord['referrer'],
  utm: ClickRecord['utm'],
  ...app: [] | [app: readonly [platform: string, query: string, unlocked?: string]],
];
const SHORTEST_TUPLE = 13 satisfies RecordTuple['length'];
const LONGEST_TUPLE = 14 satisfies RecordTuple['length'];

function toTuple(record: ClickRecord): RecordTuple {
  const { app } = record;
  return [
    record.id,
    record.kind,
    record.at,
    record.linkId,
    record.groupId,
    record.domainId,
    record.routeId,
    record.flags,
    record.address,
    record.userAgent,
    record.language,
    record.referrer,
    record.utm,
    ...(app === null ? ([] as const) : ([appTuple(app)] as const)),
  ];
}

function appTuple({ platform, query, unlocked }: AppTrace): readonly [string, string, string?] {
  return unlocked === null ? [platform, query] : [platform, query, unlocked];
}

function fromTuple(tuple: RecordTuple): ClickRecord {
  const [
    id,
    kind,
    at,
    linkId,
    groupId,
    domainId,
    routeId,
    flags,
    address,
    userAgent,
    language,
    referrer,
    utm,
    app,
  ] = tuple;
  return {
    id,
    kind,
    at,
    linkId,
    groupId,
    domainId,
    routeId,
    flags,
    address,
    userAgent,
    language,
    referrer,
    utm,
    app: app === undefined ? null : { platform: app[0], query: app[1], unlocked: app[2] ?? null },
  };
}

/** The checksum has vouched for the content; only what could make us throw is looked at. */
function parsePayload(json: string): readonly ClickRecord[] | undefined {
  try {
    const tuples: unknown = JSON.parse(json);
    if (!Array.isArray(tuples) || !tuples.every(isTuple)) return undefined;
    return tuples.map(fromTuple);
  } catch {
    return undefined;
  }
}

function isTuple(value: unknown): value is RecordTuple {
  if (!Array.isArray(value) || value.length < SHORTEST_TUPLE || value.length > LONGEST_TUPLE) return false;
  return value.length === SHORTEST_TUPLE || Array.isArray(value[SHORTEST_TUPLE]);
}
