import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { FieldProblem } from '../errors.ts';
import { Turnstile } from '../links/turnstile.ts';
import { PictureCache } from './picture-cache.ts';
import { paintPng } from './png-painter.ts';
import { planDrawing } from './qr-drawing.ts';
import type { QrStyle } from './qr-style.ts';
import { type LogoPicture, paintSvg } from './svg-painter.ts';

/** Part of every ETag: raise it when the same style is painted in other bytes. */
const PAINTER_VERSION = 1;

const CACHE_BYTES = 16 * 1024 * 1024;
/**
 * Pictures at once. Compressing one and drawing a logo take a thread of the pool, which has four for everything, the
 * journal's writes to disk among it.
 */
const AT_ONCE = 2;
/** A second of work, on a slow machine. Whoever comes then is told to come again. */
const WAITING_AT_MOST = 50;
/**
 * Finding the best mask takes the serving thread most of a millisecond, and visitors wait behind it: a place rests for
 * so many times as long as its picture took, at most so long.
 */
const REST = 4;
const LONGEST_REST_MS = 50;

/** The logo that applies to a link, before anybody reads the picture itself. */
export interface FoundLogo {
  readonly digest: string;
  /** Rejects when it has been replaced since it was found. */
  load(): Promise<LogoPicture>;
}

/** A picture that can be had; what it costs is paid by `bytes`. */
export interface QrPicture {
  /** Without quotation marks; another picture has another. */
  readonly tag: string;
  /** Or what is in the way of a code that can be scanned. Rejects with TurnedAway when too many wait, and as the logo does. */
  bytes(): Promise<Buffer | FieldProblem>;
}

/** Paints codes, each once for all who ask at the same time, and remembers what is asked for often. */
export class QrPictures {
  readonly #turnstile = new Turnstile(AT_ONCE, WAITING_AT_MOST);
  readonly #cache = new PictureCache(CACHE_BYTES);
  readonly #underWay = new Map<string, Promise<Buffer | FieldProblem>>();

  /** Costs next to nothing until somebody wants the bytes. */
  picture(text: string, style: QrStyle, found: FoundLogo | undefined): QrPicture {
    const logo = style.logo ? found : undefined;
    const tag = tagOf(text, style, logo);
    return { tag, bytes: () => this.#bytes(tag, () => paint(text, style, logo)) };
  }

  async #bytes(tag: string, paint: () => Promise<Buffer | FieldProblem>): Promise<Buffer | FieldProblem> {
    const remembered = this.#cache.get(tag);
    if (remembered) return remembered;
    const awaited = this.#underWay.get(tag);
    if (awaited) return await awaited;
    const painting = this.#inTurn(paint);
    this.#underWay.set(tag, painting);
    try {
      const picture = await painting;
      if (Buffer.isBuffer(picture)) this.#cache.set(tag, picture);
      return picture;
    } finally {
      this.#underWay.delete(tag);
    }
  }

  /** Whoever has asked has the picture at once; the rest afterwards is for the next in line to wait. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      this.#turnstile
        .pass(async () => {
          const startedAt = performance.now();
          await work().then(done, failed);
          await setTimeout(Math.min(LONGEST_REST_MS, REST * (performance.now() - startedAt)));
        })
        .catch(failed);
    });
  }
}

async function paint(
  text: string,
  style: QrStyle,
  found: FoundLogo | undefined,
): Promise<Buffer | FieldProblem> {
  const drawing = planDrawing(text, style, found !== undefined);
  if ('message' in drawing) return drawing;
  const picture = drawing.logo && found ? await found.load() : null;
  const { format } = style;
  return format === 'svg' ? Buffer.from(paintSvg(drawing, picture)) : await paintPng(drawing, picture);
}

function tagOf(text: string, style: QrStyle, logo: FoundLogo | undefined): string {
  const { format, size, margin, color, background, correction } = style;
  const whole = [PAINTER_VERSION, text, format, size, margin, color, background, correction, logo?.digest];
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url').slice(0, 27);
}
