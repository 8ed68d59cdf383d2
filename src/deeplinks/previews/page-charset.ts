/** How far into a page its own word on its encoding is looked for: browsers look at 1,024 bytes, some pages need more. */
const LOOKED_AT = 4_096;

/** Where TextDecoder knows a name, but for UTF-16: a page whose `meta` could be read is not in UTF-16 (HTML, 13.2.3.2). */
const WIDE = /^utf-16/;

/**
 * The text of an HTML page, whatever it is encoded in: a byte order mark has the last word, then the header, then the
 * page itself (HTML standard, 13.2.3), then UTF-8. Bytes that mean nothing become U+FFFD.
 *
 * @param contentType the header as it came
 */
export function decodePage(bytes: Uint8Array, contentType: string | undefined): string {
  const label = markedEncoding(bytes) ?? charsetIn(contentType) ?? declaredEncoding(bytes) ?? 'utf-8';
  // A character that was cut off at the end is left out.
  return new TextDecoder(label).decode(bytes, { stream: true });
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

function charsetIn(contentType: string | undefined): string | undefined {
  const [, quoted, plain] = /charset\s*=\s*(?:["']([^"']+)|([^\s;"']+))/i.exec(contentType ?? '') ?? [];
  const label = quoted ?? plain;
  return label !== undefined && isKnown(label) ? label : undefined;
}

/** `<meta charset=…>` and `<meta http-equiv=content-type content="…charset=…">` look the same from here. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, LOOKED_AT)).toString('latin1');
  for (const [tag] of start.matchAll(/<meta\s[^>]*>|<\?xml\s[^>]*\?>/gi)) {
    const label = charsetIn(tag.replace(/^<\?xml(.*)\bencoding\b/is, '$1charset'));
    if (label !== undefined) return WIDE.test(new TextDecoder(label).encoding) ? 'utf-8' : label;
  }
  return undefined;
}

function isKnown(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement';
  } catch {
    return false;
  }
}
