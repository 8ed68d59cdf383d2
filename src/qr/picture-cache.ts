/** Buffers by key, bounded by their bytes: those that nobody has asked for longest go first. */
export class PictureCache {
  readonly #limitBytes: number;
  readonly #pictures = new Map<string, Buffer>();
  #bytes = 0;

  /** @param limitBytes keys are counted too */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Buffer | undefined {
    const picture = this.#pictures.get(key);
    if (picture) {
      this.#pictures.delete(key);
      this.#pictures.set(key, picture);
    }
    return picture;
  }

  /** One that would fill an eighth of the room is not kept: it would push out many that are asked for. */
  set(key: string, picture: Buffer): void {
    this.#remove(key);
    if (weight(key, picture) > this.#limitBytes / 8) return;
    this.#pictures.set(key, picture);
    this.#bytes += weight(key, picture);
    for (const [oldest] of this.#pictures) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const picture = this.#pictures.get(key);
    if (!picture) return;
    this.#pictures.delete(key);
    this.#bytes -= weight(key, picture);
  }
}

/** What a Map, a string and a Buffer take themselves is some 250 bytes. */
function weight(key: string, picture: Buffer): number {
  return key.length + picture.byteLength + 250;
}
