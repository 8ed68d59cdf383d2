import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api, KEY, PUBLIC_HOST } from './api.ts';

const CLIENT = fileURLToPath(new URL('java/DropInClient.java', import.meta.url));

/** Java is not the product's; where it is at hand, its client has to be served like any other. */
const isJavaMissing = (() => {
  try {
    execFileSync('java', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

describe.skipIf(isJavaMissing)('the JDK’s own HTTP client [optional]', () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open();
  });
  afterAll(() => api.close());

  test('drives both surfaces with base URL and key alone', async () => {
    const { stdout } = await promisify(execFile)('java', [CLIENT, `http://127.0.0.1:${api.port}`, KEY]);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => ({ status: Number(line.slice(0, 3)), ...JSON.parse(line.slice(4)) }));
    expect(answers).toMatchObject([
      { status: 200, code: 0, result: `http://${PUBLIC_HOST}/${encodeURI('자바')}` },
      { status: 200, code: 0, result: { grpIdx: expect.any(Number), webhookSecretKey: null } },
      { status: 200, code: 0, result: { list: [{ linkId: '자바', url: 'https://example.com/java' }] } },
      { status: 200, code: 0, result: null },
      { status: 201, success: true, data: { code: 'java-launch', status: 'ACTIVE', clickCount: 0 } },
      { status: 200, success: true, data: { message: 'Link updated successfully' } },
      { status: 200, success: true, data: { message: 'Link paused successfully', status: 'PAUSED' } },
      { status: 200, success: true, data: { originalUrl: 'https://example.com/java/2', status: 'PAUSED' } },
      { status: 200, success: true, data: { message: 'Link deleted successfully', code: 'java-launch' } },
    ]);
  }, 60_000);
});
