import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const PASSWORD = 'open-sesame';

/** What Node says of a request it cannot parse. */
async function unparsed(request: string): Promise<Error> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(request);
  const [error] = await once(server, 'clientError');
  socket.destroy();
  server.close();
  return error;
}

describe('createLogger', () => {
  it('says why a request could not be parsed, and repeats nothing of it', async () => {
    const error = await unparsed(
      `POST /code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\npassword=${PASSWORD}\r\n`,
    );
    expect(error).toMatchObject({ rawPacket: expect.any(Buffer) });
    const lines: string[] = [];
    createLogger('trace', { write: (line) => lines.push(line) }).trace({ err: error }, 'client error');
    const [line = ''] = lines;
    expect(JSON.parse(line)).toMatchObject({
      msg: 'client error',
      err: { code: 'HPE_INVALID_CHUNK_SIZE', stack: expect.any(String) },
    });
    expect(line).not.toContain(PASSWORD);
    expect(line).not.toContain([...Buffer.from(PASSWORD)].join());
  });
});
