import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A page may lie open for as long as this before somebody allows notifications. */
const LIFETIME_MS = 6 * 60 * 60 * 1000;
/** Nodes of one installation do not have the very same time. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Three numbers of 48 bits: link, group (0: none), instant. */
const CONTENT_BYTES = 18;
const TOKEN = /^[\w-]{62}$/;

/** Through which link, and in which group of that moment, a visitor was asked. */
export interface PushInvitation {
  readonly linkId: number;
  readonly groupId: number | null;
}

/**
 * What a page that asks for a subscription carries, so that only a visit leads to a subscriber. It is encrypted and
 * authenticated (AES-256-GCM): it says which link and group it was, and tells nobody how many of them there are.
 */
export class PushInvitations {
  /** What browsers subscribe with; base64url. */
  readonly vapidPublicKey: string;
  readonly #key: Buffer;

  constructor(secret: string, vapidPublicKey: string) {
    this.#key = createHash('sha256').update(secret).digest();
    this.vapidPublicKey = vapidPublicKey;
  }

  seal({ linkId, groupId }: PushInvitation, now: number): string {
    const content = Buffer.alloc(CONTENT_BYTES);
    content.writeUIntBE(linkId, 0, 6);
    content.writeUIntBE(groupId ?? 0, 6, 6);
    content.writeUIntBE(now, 12, 6);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined for what was not sealed here, or too long ago. */
  open(token: string, now: number): PushInvitation | undefined {
    if (!TOKEN.test(token)) return undefined;
    const content = this.#decrypt(Buffer.from(token, 'base64url'));
    if (!content) return undefined;
    const at = content.readUIntBE(12, 6);
    if (at > now + CLOCK_SKEW_MS || at + LIFETIME_MS <= now) return undefined;
    return { linkId: content.readUIntBE(0, 6), groupId: content.readUIntBE(6, 6) || null };
  }

  #decrypt(bytes: Buffer): Buffer | undefined {
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    }).setAuthTag(bytes.subarray(end));
    const content = decipher.update(bytes.subarray(NONCE_BYTES, end));
    try {
      decipher.final();
      return content;
    } catch {
      return undefined;
    }
  }
}
