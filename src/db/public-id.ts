import { customAlphabet } from 'nanoid';

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const random = customAlphabet(BASE62, 16);

export type PublicIdPrefix = 'prj' | 'dom' | 'key' | 'grp' | 'lnk' | 'whk' | 'sub' | 'psm' | 'imp';

/** The id the world sees: opaque and unguessable, unlike the row's integer. */
export function newPublicId(prefix: PublicIdPrefix): string {
  return `${prefix}_${random()}`;
}
