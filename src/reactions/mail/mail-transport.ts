import nodemailer from 'nodemailer';

/** Where mails are handed in. */
export interface MailServerAddress {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** What nodemailer tells of a conversation while it goes on. */
export interface SessionLog {
  readonly trace: (entry: SessionEntry) => void;
  readonly debug: (entry: SessionEntry) => void;
  readonly info: (entry: SessionEntry) => void;
  readonly warn: (entry: SessionEntry) => void;
  readonly error: (entry: SessionEntry) => void;
  readonly fatal: (entry: SessionEntry) => void;
}

export interface SessionEntry {
  /** `server`: it has answered. `message`: all of the content is out. */
  readonly tnx?: string;
}

/**
 * @param patienceMs of each step: connecting, the greeting, and, unless `watched`, any silence later
 * @param watched by somebody who breaks off what takes too long before this does
 */
export function mailTransport(
  { host, port, secure, user, password }: MailServerAddress,
  patienceMs: number,
  watched?: { readonly silenceMs: number; readonly log: SessionLog },
) {
  return nodemailer.createTransport({
    host,
    port,
    secure,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: watched?.silenceMs ?? patienceMs,
    dnsTimeout: patienceMs,
    ...(watched && { logger: { ...watched.log }, transactionLog: true }),
    // A mail is made of text alone: nothing in it may make us read a file or call anybody.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
