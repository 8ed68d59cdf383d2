import type { Attempted } from '../delivery/channel.ts';

/** What the mail server's side of an attempt looks like when it failed; the fields that nodemailer's errors have. */
export interface SmtpTrouble {
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly rejectedErrors?: readonly SmtpTrouble[] | undefined;
}

export interface SmtpSent {
  readonly response: string;
  readonly rejected: readonly string[];
  readonly rejectedErrors?: readonly SmtpTrouble[] | undefined;
}

const LONGEST_ANSWER = 4_096;

/** Somebody has it. Whom the server refused beside them is named, and not tried again. */
export function outcomeOfSent(
  { response, rejected, rejectedErrors }: SmtpSent,
  durationMs: number,
): Attempted {
  const refusals = rejectedErrors?.map(({ response }) => response ?? '').filter(Boolean) ?? [];
  return {
    outcome: 'delivered',
    status: statusOf(response) ?? 250,
    error: rejected.length === 0 ? null : `The mail server refused ${listed(rejected)}.`,
    answer: storable([response, ...refusals].join('\n')),
    durationMs,
  };
}

/**
 * What a failure means. Only what is said about this mail (to its recipients, or to its content) is final, and only
 * with a 5xx: a wrong password or sender is the operator's to mend, and the mail can wait for it.
 *
 * @param contentSent all of the mail was out before: a server that has not answered since may have taken it
 */
export function outcomeOfTrouble(error: unknown, durationMs: number, contentSent = false): Attempted {
  const trouble = error as SmtpTrouble;
  if (contentSent && trouble.responseCode === undefined) {
    return {
      outcome: 'retry',
      status: null,
      error: `${sentenceOf(trouble)} It had all of the mail, and may have taken it.`,
      answer: '',
      durationMs,
      perhapsTaken: true,
    };
  }
  const about = trouble.rejectedErrors?.length ? trouble.rejectedErrors : [trouble];
  const final = isAboutThisMail(trouble) && about.every(({ responseCode = 0 }) => responseCode >= 500);
  return {
    outcome: final ? 'failed' : 'retry',
    ...(final ? { reason: 'refused' } : {}),
    status: trouble.responseCode ?? null,
    error: sentenceOf(trouble),
    answer: storable(about.map(({ response }) => response ?? '').join('\n')),
    durationMs,
  };
}

function isAboutThisMail({ command = '', code = '', rejectedErrors }: SmtpTrouble): boolean {
  return (
    Boolean(rejectedErrors?.length) || command === 'RCPT TO' || command === 'DATA' || code === 'EMESSAGE'
  );
}

/** nodemailer's messages repeat what the server said, and that may repeat what was said to it: it is not repeated. */
function sentenceOf({ code, command, responseCode, message = '' }: SmtpTrouble): string {
  if (code === 'EAUTH') return 'The mail server does not take our user name and password.';
  if (code === 'ETLS') return 'The mail server offers TLS, and the handshake failed.';
  if (responseCode !== undefined) {
    return `The mail server answered ${responseCode}${command ? ` to ${command}` : ''}.`;
  }
  if (code === 'ETIMEDOUT' || /timeout/i.test(message)) return 'The mail server did not answer in time.';
  if (code === 'EDNS') return 'The name of the mail server leads to no address.';
  return `The mail server cannot be reached${code ? ` (${code})` : ''}.`;
}

function statusOf(response: string): number | undefined {
  const [digits] = /^\d{3}/.exec(response) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function listed(addresses: readonly string[]): string {
  const named = addresses.slice(0, 10);
  const more = addresses.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** No column takes a NUL, and none should have to take half a character. */
function storable(text: string): string {
  return text.slice(0, LONGEST_ANSWER).toWellFormed().replaceAll('\0', '\ufffd');
}
