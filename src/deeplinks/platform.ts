/** What a visitor's device can open: apps of one of the two stores, or none. */
export type VisitorPlatform = 'ios' | 'android' | 'other';

/** In the case in which systems write their own names; nobody else's name is part of a longer word here. */
const NAMES = /\b(?:Windows Phone|KAIOS|iPhone|iPad|iPod|Android)\b/g;
const LONGEST_LOOKED_AT = 1_000;

/**
 * Told from the User-Agent alone. Windows Phone and KaiOS call themselves Android or iPhone besides, to be sent
 * the better pages, and open no such app.
 *
 * @NOTE An iPad asks for desktop pages since iPadOS 13 and says it is a Macintosh; from the header alone nobody can
 * tell the two apart, and it is treated as what it says.
 */
export function platformOf(userAgent: string | undefined): VisitorPlatform {
  if (userAgent === undefined) return 'other';
  let platform: VisitorPlatform = 'other';
  for (const [name] of userAgent.slice(0, LONGEST_LOOKED_AT).matchAll(NAMES)) {
    if (name === 'Windows Phone' || name === 'KAIOS') return 'other';
    if (platform === 'other') platform = name === 'Android' ? 'android' : 'ios';
  }
  return platform;
}
