import { createHash } from 'node:crypto';
import { FairQueue } from '../clicks/statistics/fair-queue.ts';
import type { FieldProblem } from '../errors.ts';
import type { PaintingThread } from './painting-thread.ts';
import { PictureCache } from './picture-cache.ts';
import type { QrStyle } from './qr-style.ts';
import type { LogoPicture } from './svg-painter.ts';

/** Part of every ETag: raise it when the same style is painted in other bytes. */
const PAINTER_VERSION = 1;

const CACHE_BYTES = 16 * 1024 * 1024;
/**
 * One is painted while the next lies ready. Nobody has both places, nor all of those where pictures wait: who asks for a
 * thousand waits for himself, and a page of fifty codes finds room for all of them.
 */
const LIMITS = { atOnce: 2, atOnceOfOwner: 1, mostWaiting: 250, mostWaitingOfOwner: 50 } as const;

/** The logo that applies to a link, before anybody reads the picture itself. */
export interface FoundLogo {
  readonly digest: string;
  /** Rejects when it has been replaced since it was found. */
  load(): Promise<LogoPicture>;
}

export interface AskedPicture {
  readonly text: string;
  readonly style: QrStyle;
  readonly logo: FoundLogo | undefined;
  /** Those of one name share one part of the painter’s time. */
  readonly asker: string;
}

/** A picture that can be had; what it costs is paid by `bytes`. */
export interface QrPicture {
  /** Without quotation marks; another picture has another. */
  readonly tag: string;
  /**
   * Or what is in the way of a code that can be scanned. Rejects as the logo does.
   *
   * @throws Failure `busy` when too many wait, `unavailable`
   */
  bytes(): Promise<Buffer | FieldProblem>;
}

/** Has codes painted, each once for all who ask at the same time, and remembers what is asked for often. */
export class QrPictures {
  readonly #thread: PaintingThread;
  readonly #queue = new FairQueue(LIMITS);
  readonly #cache = new PictureCache(CACHE_BYTES);
  readonly #underWay = new Map<string, Promise<Buffer | FieldProblem>>();

  constructor(thread: PaintingThread) {
    this.#thread = thread;
  }

  /** Costs next to nothing until somebody wants the bytes. */
  picture({ text, style, logo: found, asker }: AskedPicture): QrPicture {
    const logo = style.logo ? found : undefined;
    const tag = tagOf(text, style, logo);
    const paint = async () => this.#thread.paint({ text, style, logo: (await logo?.load()) ?? null });
    return { tag, bytes: () => this.#bytes(tag, () => this.#queue.run({ owner: asker }, paint)) };
  }

  async #bytes(tag: string, paint: () => Promise<Buffer | FieldProblem>): Promise<Buffer | FieldProblem> {
    const remembered = this.#cache.get(tag);
    if (remembered) return remembered;
    const awaited = this.#underWay.get(tag);
    if (awaited) return await awaited;
    const painting = paint();
    this.#underWay.set(tag, painting);
    try {
      const picture = await painting;
      if (Buffer.isBuffer(picture)) this.#cache.set(tag, picture);
      return picture;
    } finally {
      this.#underWay.delete(tag);
    }
  }
}

function tagOf(text: string, style: QrStyle, logo: FoundLogo | undefined): string {
  const { format, size, margin, color, background, correction } = style;
  const whole = [PAINTER_VERSION, text, format, size, margin, color, background, correction, logo?.digest];
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url').slice(0, 27);
}
