import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedRequest } from './guarded-request.ts';

const NAME = 'hooks.example.com';

/** Certificates are made by it; a machine without it still has every other test of outbound calls. */
const isOpensslMissing = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

describe.skipIf(isOpensslMissing)('a call over TLS [optional]', () => {
  const trusted = getCACertificates('default');
  let server: Server;
  let cert: string;
  let port: number;
  let received = 0;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchyard-tls-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
    const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    cert = readFileSync(certFile, 'utf8');
    server = createServer({ key: readFileSync(keyFile), cert }, (_request, response) => {
      received++;
      response.end('ok');
    });
    rmSync(folder, { recursive: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    server?.closeAllConnections();
    server?.close();
  });

  const call = (host: string) =>
    guardedRequest({
      url: `https://${host}:${port}/`,
      method: 'POST',
      headers: {},
      body: 'secret',
      allowPrivate: true,
      timeoutMs: 5_000,
      maxAnswerBytes: 100,
      keepAnswerBytes: 100,
      resolve: async () => ['127.0.0.1'],
    });

  it('is made only to who has proven the name in the URL', async () => {
    expect(await call(NAME), 'certified by nobody').toMatchObject({
      kind: 'failed',
      error: 'The certificate is not valid (DEPTH_ZERO_SELF_SIGNED_CERT).',
    });
    setDefaultCACertificates([...trusted, cert]);
    expect(await call('other.example.com'), 'certified for another').toMatchObject({
      kind: 'failed',
      error: 'The certificate is not valid (ERR_TLS_CERT_ALTNAME_INVALID).',
    });
    expect(received).toBe(0);
    expect(await call(NAME)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await call(`${NAME}.`), 'with a trailing dot').toMatchObject({ kind: 'answered', status: 200 });
  });
});
