/** A mail as a mail program reads it: enough of RFC 5322, 2045 and 2047 to undo what ours was put into. */
export interface ReceivedMail {
  /** By name in lower case, unfolded and decoded. One that came twice is there twice. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
  readonly html: string;
  /** Whole, bytes as latin1. */
  readonly raw: string;
}

export function readMail(bytes: Buffer): ReceivedMail {
  const raw = bytes.toString('latin1');
  const { headers, body } = split(raw);
  const parts = partsOf(headers, body);
  const find = (type: string) => parts.find((part) => part.type === type)?.text ?? '';
  return { headers, text: find('text/plain'), html: find('text/html'), raw };
}

export function headerOf({ headers }: ReceivedMail, name: string): string {
  const values = headers.get(name.toLowerCase()) ?? [];
  if (values.length !== 1) throw new Error(`${name} is there ${values.length} times`);
  return values[0] as string;
}

type Headers = Map<string, string[]>;

function split(raw: string): { headers: Headers; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const headers: Headers = new Map();
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')) {
    const [, name, value = ''] = /^([!-9;-~]+):\s*(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new Error(`No header: ${line}`);
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), decodeWords(value)]);
  }
  return { headers, body: raw.slice(end + 4) };
}

function partsOf(headers: Headers, body: string): { type: string; text: string }[] {
  const [contentType = 'text/plain'] = headers.get('content-type') ?? [];
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary !== undefined) {
    return body
      .split(new RegExp(`(?:^|\r\n)--${boundary.replace(/[^\w]/g, '\\$&')}(?:--)?[ \t]*(?:\r\n|$)`))
      .slice(1, -1)
      .flatMap((part) => {
        const inner = split(part);
        return partsOf(inner.headers, inner.body);
      });
  }
  const [encoding = '7bit'] = headers.get('content-transfer-encoding') ?? [];
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(encoding === 'quoted-printable' ? quotedPrintable(body) : body, 'latin1');
  return [
    { type: contentType.split(';')[0] as string, text: bytes.toString('utf8').replaceAll('\r\n', '\n') },
  ];
}

function quotedPrintable(text: string): string {
  return text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** RFC 2047; words that stand beside each other are one text. */
function decodeWords(value: string): string {
  return value.replace(/\?=\s+=\?/g, '?==?').replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (words) => {
    const bytes = [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind = '', text = '']) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64')
        : Buffer.from(quotedPrintable(text.replaceAll('_', ' ')), 'latin1'),
    );
    return Buffer.concat(bytes).toString('utf8');
  });
}
