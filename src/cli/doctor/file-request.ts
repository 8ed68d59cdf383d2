import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from './finding.ts';

const PATIENCE_MS = 10_000;
/** Nobody reads more of such a file. */
const MOST_READ_BYTES = 1024 * 1024;

/** What a server says when it is asked for a file, as somebody who follows no redirect gets it. */
export type FileAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string;
      readonly contentType: string;
      readonly contentEncoding: string;
      readonly body: Buffer;
    }
  /** Its certificate is not one that devices trust. */
  | { readonly kind: 'untrusted'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Where to ask for the files of a host. */
export interface AskedServer {
  /** `https://go.example.com`, or another address that answers for the host. */
  readonly origin: string;
  /** In the `Host` header; with a port when it is an unusual one. */
  readonly host: string;
}

export async function requestFile({ origin, host }: AskedServer, path: string): Promise<FileAnswer> {
  const url = new URL(path, origin);
  const headers = { host, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'switchyard-doctor' };
  const options = { headers, agent: false as const, signal: AbortSignal.timeout(PATIENCE_MS) };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? requestHttps(url, { ...options, servername: nameOf(host) })
          : requestHttp(url, options);
      sent.once('response', resolve).once('error', reject).end();
    });
    return {
      kind: 'answered',
      status: response.statusCode ?? 0,
      location: response.headers.location ?? '',
      contentType: response.headers['content-type'] ?? '',
      contentEncoding: response.headers['content-encoding'] ?? 'identity',
      body: await bodyOf(response),
    };
  } catch (error) {
    return troubleOf(error);
  }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > MOST_READ_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** The name a certificate has to be for; an address is no name (RFC 6066, section 3). */
function nameOf(host: string): string {
  const name = host.replace(/:\d+$/, '');
  return /^[\d.]+$/.test(name) ? '' : name;
}

const UNTRUSTED: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by nobody but itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an authority that is not publicly known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an authority that is not publicly known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the server does not send the certificates between it and a known authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known (no address in DNS)',
  EAI_AGAIN: 'the name could not be looked up; is this machine on the network?',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed before an answer came',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  EPROTO: 'it does not speak TLS there',
};

function troubleOf(error: unknown): FileAnswer {
  const code = String((error as { code?: unknown }).code ?? '');
  const untrusted = UNTRUSTED[code];
  if (untrusted !== undefined) return { kind: 'untrusted', why: untrusted };
  if (code.startsWith('ERR_SSL')) return { kind: 'unreachable', why: UNREACHABLE.EPROTO ?? code };
  const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  const why = isLate ? `no answer within ${PATIENCE_MS / 1_000} s` : (UNREACHABLE[code] ?? messageOf(error));
  return { kind: 'unreachable', why };
}
