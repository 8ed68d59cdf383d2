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

/** @param patienceMs of each step: connecting, the greeting, and any silence later */
export function mailTransport({ host, port, secure, user, password }: MailServerAddress, patienceMs: number) {
  return nodemailer.createTransport({
    host,
    port,
    secure,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    dnsTimeout: patienceMs,
    // A mail is made of text alone: nothing in it may make us read a file or call anybody.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
