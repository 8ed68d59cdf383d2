import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/**
 * A certificate for a name that is signed by itself: whoever is told to trust it does.
 *
 * @param days for how long it is valid; below 0 it has expired
 */
export function selfSigned(name: string, days = 2): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-certificate-'));
  try {
    const [key, asked, cert] = [join(folder, 'key'), join(folder, 'asked'), join(folder, 'cert')];
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    openssl('req', ...pair, '-out', asked, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`);
    const signing = ['-signkey', key, '-days', String(days), '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', asked, ...signing, '-out', cert);
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
