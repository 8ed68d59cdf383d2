import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** With what Node itself asks before it answers what it cannot read; it has no other name. */
interface ServerSocket extends Socket {
  /** Being answered on it. */
  readonly _httpMessage?: ServerResponse | null;
}

/** As Node has it of what its parser refuses. */
interface ReadingError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** By Node's code of the error: the status, and what to say of it. */
const ANSWERS: Readonly<Record<string, readonly [status: string, sentence: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'The address of the request and its headers are too long.',
  ],
};
const UNREADABLE = [
  '400 Bad Request',
  'The request cannot be read: it does not follow the rules of HTTP.',
] as const;

/**
 * Answers what is no request to anybody, because Node could not read it, and closes: there may be no path, and there is
 * no header to tell who asks. Node tolerates no bytes beyond ASCII in an address, which old clients and readers of QR codes
 * send; they are sent to the same address as it has to be written.
 */
export function answerUnreadable(error: ReadingError, socket: ServerSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  if (socket._httpMessage) {
    endWhenAnswered(socket);
    return;
  }
  const location = encodedAddress(error);
  const answer =
    location === undefined
      ? answerOf(...(ANSWERS[error.code ?? ''] ?? UNREADABLE), [])
      : answerOf('302 Found', '', [`Location: ${location}`]);
  socket.end(answer, () => socket.destroy());
}

/** Whoever sends the next request before the last is answered gets that answer, and nothing to mistake for it. */
function endWhenAnswered(socket: ServerSocket): void {
  const answering = socket._httpMessage;
  if (answering) answering.once('close', () => setImmediate(endWhenAnswered, socket));
  else socket.destroySoon();
}

function answerOf(status: string, sentence: string, headers: readonly string[]): string {
  return [
    `HTTP/1.1 ${status}`,
    ...headers,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${sentence.length}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    sentence,
  ].join('\r\n');
}

/** A path of this host: after two slashes, however they are written, a browser reads another host. */
const REQUEST_LINE = /^(?:GET|HEAD) (\/(?![/\\])[\x21-\x7e\x80-\xff]*) HTTP\/1\.[01]\r?\n/;

/** The address that was asked for with every byte beyond ASCII encoded; undefined when that is not what is wrong with it. */
function encodedAddress({ code, rawPacket }: ReadingError): string | undefined {
  if (code !== 'HPE_INVALID_URL' || !Buffer.isBuffer(rawPacket)) return undefined;
  const [, address = ''] = REQUEST_LINE.exec(rawPacket.toString('latin1')) ?? [];
  if (!/[\x80-\xff]/.test(address)) return undefined;
  return address.replace(/[#\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
