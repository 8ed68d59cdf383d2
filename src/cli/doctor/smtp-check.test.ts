import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAIL_PASSWORD, MAIL_USER, MailServer } from '../../../test/support/mail-server.ts';
import { checkMailServer } from './smtp-check.ts';

let server: MailServer;
beforeEach(async () => {
  server = await MailServer.open();
});
afterEach(() => server.close());

const at = (password: string) => ({
  host: '127.0.0.1',
  port: server.port,
  secure: false,
  user: MAIL_USER,
  password,
});

it('says that the mail server lets us in, and sends nothing', async () => {
  expect(await checkMailServer(at(MAIL_PASSWORD))).toEqual([
    { check: 'smtp', level: 'ok', text: `the mail server at 127.0.0.1:${server.port} lets us in` },
  ]);
  expect(server.connections).toBe(1);
  expect(server.received).toEqual([]);
});

it('says why it does not, without the password', async () => {
  const [denied] = await checkMailServer(at('wrong-password'));
  expect(denied).toMatchObject({ check: 'smtp', level: 'warn' });
  expect(denied?.text).toContain('does not take our user name and password');
  expect(denied?.text).not.toContain('wrong-password');

  server.script = { connection: 'silence' };
  const [silent] = await checkMailServer(at(MAIL_PASSWORD), 200);
  expect(silent?.text).toContain('did not answer in time');
});

it('has nothing to say where there is none', async () => {
  expect(await checkMailServer(undefined)).toEqual([]);
});
