import { TargetRefused } from './guarded-agents.ts';

/** Of name servers; the same codes mean something else of a connection. */
const NAME_SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name has no address.',
  ENODATA: 'The name has no address.',
  EBADNAME: 'The name cannot be asked for.',
  ETIMEOUT: 'No name server has answered.',
  ECONNREFUSED: 'No name server has answered.',
  EAI_AGAIN: 'No name server has answered.',
};

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was broken off before an answer.',
  EPIPE: 'The connection was broken off before an answer.',
  ETIMEDOUT: 'The connection could not be made in time.',
  EHOSTUNREACH: 'The address cannot be reached.',
  ENETUNREACH: 'The address cannot be reached.',
  ERR_INVALID_CHAR: 'A header has characters that no header may have.',
  HPE_HEADER_OVERFLOW: 'The headers of the answer are too long.',
};

/** What went wrong, for people: Node's own messages may name the URL, and a URL may be a secret. */
export function failureSentence(error: unknown, timeoutMs: number): string {
  if (error instanceof TargetRefused) return error.message;
  const { name, code, syscall = '' } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return `There was no answer within ${timeoutMs / 1000} seconds.`;
  if (code === undefined) return 'The connection was closed without an answer.';
  if (/^(query|getaddrinfo)/.test(syscall)) {
    return NAME_SENTENCES[code] ?? `The name could not be looked up (${code}).`;
  }
  const known = SENTENCES[code];
  if (known) return known;
  if (code.startsWith('HPE_')) return `The answer is not HTTP (${code}).`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `TLS has failed (${code}).`;
  return CERTIFICATE.test(code)
    ? `The certificate is not valid (${code}).`
    : `The call has failed (${code}).`;
}

const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL/;
