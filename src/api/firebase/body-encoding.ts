import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { GoogleError } from './google-error.ts';

const unzip = promisify(gunzip);

/** A body as it was before it was encoded, and how long it was on its way: Fastify compares that with its announcement. */
type Body = Readable & { receivedEncodedLength?: number };

/**
 * Google's client for Java sends its bodies compressed unless it is told not to.
 *
 * @param limit of bytes, before as after
 * @throws GoogleError when it is encoded otherwise, is not what it says, or is larger
 */
export async function decodedBody(request: FastifyRequest, body: Body, limit: number): Promise<Body> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw GoogleError.unsupportedEncoding(encoding);
  const encoded = await readUpTo(body, limit);
  const plain = encoded.length === 0 ? encoded : await decode(encoded, limit);
  const decoded: Body = Readable.from([plain], { objectMode: false });
  decoded.receivedEncodedLength = encoded.length;
  return decoded;
}

async function readUpTo(body: Body, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // To destroy it would cut off the answer as well.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function decode(encoded: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unzip(encoded, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new GoogleError('INVALID_ARGUMENT', 'The request body is no gzip, as its Content-Encoding says.');
  }
}

function tooLarge(): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', 'The request body is too large.');
}
