import { parentPort } from 'node:worker_threads';
import { Failure, type FailureCode, type FieldProblem } from '../errors.ts';
import { yieldToVisitors } from '../observability/thread-priority.ts';
import { type PreparedLogo, prepareLogo } from './logo-picture.ts';
import { paintPng } from './png-painter.ts';
import { planDrawing } from './qr-drawing.ts';
import type { QrStyle } from './qr-style.ts';
import { type LogoPicture, paintSvg } from './svg-painter.ts';

/** The thread that draws: masks, pixels, compression and logos never touch the thread that answers visits. */

export interface QrOrder {
  readonly text: string;
  readonly style: QrStyle;
  /** Null: there is none, or none is wanted. */
  readonly logo: LogoPicture | null;
}

export type PaintingRequest = { readonly id: number } & (
  | { readonly kind: 'paint'; readonly order: QrOrder }
  | { readonly kind: 'prepare'; readonly picture: Uint8Array }
);

export type PaintingReply = { readonly id: number } & (
  | { readonly kind: 'painted'; readonly picture: Uint8Array | FieldProblem }
  | { readonly kind: 'prepared'; readonly logo: Omit<PreparedLogo, 'png'> & { readonly png: Uint8Array } }
  | {
      readonly kind: 'refused';
      readonly code: FailureCode;
      readonly message: string;
      readonly fields: readonly FieldProblem[];
    }
  /** A defect. */
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined }
);

const port = parentPort;
if (!port) throw new Error('painting-worker runs as a thread');

yieldToVisitors();

async function reply(request: PaintingRequest): Promise<PaintingReply> {
  const { id } = request;
  try {
    if (request.kind === 'paint') return { kind: 'painted', id, picture: paint(request.order) };
    const { png, ...logo } = await prepareLogo(asBuffer(request.picture));
    return { kind: 'prepared', id, logo: { ...logo, png: alone(png) } };
  } catch (error) {
    if (error instanceof Failure) {
      return { kind: 'refused', id, code: error.code, message: error.message, fields: error.fields };
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', id, message, stack };
  }
}

function paint({ text, style, logo }: QrOrder): Uint8Array | FieldProblem {
  const drawing = planDrawing(text, style, logo !== null);
  if ('message' in drawing) return drawing;
  const picture = logo && { digest: logo.digest, png: asBuffer(logo.png) };
  return alone(style.format === 'svg' ? Buffer.from(paintSvg(drawing, picture)) : paintPng(drawing, picture));
}

/** What has come from another thread is no Buffer any more. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** In memory of its own, which can be handed over: small Buffers share theirs. */
function alone(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function handedOver(answer: PaintingReply): readonly ArrayBuffer[] {
  const bytes =
    answer.kind === 'painted' ? answer.picture : answer.kind === 'prepared' ? answer.logo.png : undefined;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}

port.on('message', async (request: PaintingRequest) => {
  const answer = await reply(request);
  port.postMessage(answer, handedOver(answer));
});
