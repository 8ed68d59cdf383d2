import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { type ReceivedMail, readMail } from './received-mail.ts';

/** What the server says at a step instead of yes: a status and a word, silence, or nothing, and hangs up. */
export type Refusal = readonly [status: number, text: string] | 'silence' | 'hang-up';

export interface MailServerScript {
  /** By address, or `*` for all. */
  recipients?: Readonly<Record<string, Refusal>>;
  sender?: Refusal;
  data?: Refusal;
  /** It thinks so long about each mail before it takes it. */
  thinksMs?: number;
  connection?: Refusal;
}

export const MAIL_USER = 'mailer';
export const MAIL_PASSWORD = 'p@ss word/1';

/** A real SMTP server on loopback that asks for a password, keeps what it takes and refuses what it is told to. */
export class MailServer {
  readonly received: {
    readonly to: readonly string[];
    readonly from: string;
    readonly mail: ReceivedMail;
  }[] = [];
  script: MailServerScript = {};
  connections = 0;
  /** The most mails there ever were at once between their sender's name and the answer to their content. */
  mostInHand = 0;
  readonly #inHand = new Set<string>();
  readonly port: number;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @param port 0: any that is free */
  static async open(port = 0): Promise<MailServer> {
    let self: MailServer;
    const answer = (refusal: Refusal | undefined, callback: (error?: Error) => void) => {
      if (refusal === undefined) callback();
      else if (refusal === 'hang-up') for (const { _socket } of self.#server.connections) _socket.destroy();
      else if (refusal !== 'silence')
        callback(Object.assign(new Error(refusal[1]), { responseCode: refusal[0] }));
    };
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      onAuth: ({ username, password }, _session, callback) => {
        if (username === MAIL_USER && password === MAIL_PASSWORD) callback(null, { user: username });
        else callback(new Error('no such user'));
      },
      onConnect: (_session, callback) => {
        self.connections++;
        answer(self.script.connection, callback);
      },
      onClose: ({ id }) => self.#inHand.delete(id),
      onMailFrom: (_address, { id }, callback) => {
        self.mostInHand = Math.max(self.mostInHand, self.#inHand.add(id).size);
        answer(self.script.sender, callback);
      },
      onRcptTo: ({ address }, _session, callback) =>
        answer(self.script.recipients?.[address] ?? self.script.recipients?.['*'], callback),
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          if (self.script.data === undefined) {
            self.received.push({
              to: rcptTo.map(({ address }) => address),
              from: mailFrom ? mailFrom.address : '',
              mail: readMail(Buffer.concat(chunks)),
            });
          }
          const decide = () => {
            self.#inHand.delete(session.id);
            answer(self.script.data, callback);
          };
          if (self.script.thinksMs === undefined) decide();
          else setTimeout(decide, self.script.thinksMs);
        });
      },
    });
    server.on('error', () => {});
    const listening = server.listen(port, '127.0.0.1');
    await once(listening, 'listening');
    self = new MailServer(server, (listening.address() as AddressInfo).port);
    return self;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
