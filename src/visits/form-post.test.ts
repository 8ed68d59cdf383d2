import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { hasPassword, LONGEST_FORM_BYTES, parseForm, readFormPost, referrerIn } from './form-post.ts';

const FORM = 'application/x-www-form-urlencoded';

function posted(contentType: string | undefined): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  if (contentType !== undefined) message.headers['content-type'] = contentType;
  return message;
}

async function read(chunks: readonly (string | Buffer)[], contentType: string | undefined = FORM) {
  const message = posted(contentType);
  const reading = readFormPost(message);
  for (const chunk of chunks) message.push(chunk);
  message.push(null);
  return await reading;
}

describe('readFormPost', () => {
  it('reads a form however it is cut up', async () => {
    const body = Buffer.from(`password=${encodeURIComponent('비밀 번호+1')}&from=https%3A%2F%2Fa.example%2F`);
    const expected = { kind: 'form', password: '비밀 번호+1', from: 'https://a.example/' };
    expect(await read([body])).toEqual(expected);
    expect(await read([...body].map((byte) => Buffer.from([byte])))).toEqual(expected);
    expect(await read([body], `${FORM}; charset=utf-8`)).toEqual(expected);
    expect(await read([body], FORM.toUpperCase())).toEqual(expected);
  });

  it.each([undefined, '', 'application/json', 'multipart/form-data', 'text/plain', `${FORM}x`])(
    'takes nothing sent as %j for a form',
    async (contentType) => {
      const message = posted(contentType);
      const reading = readFormPost(message);
      expect(await reading).toEqual({ kind: 'notAForm' });
      expect(message.readableFlowing).toBe(true);
    },
  );

  it('takes exactly as much as it may, and keeps nothing of more', async () => {
    const form = (size: number) => `password=${'x'.repeat(size - 'password='.length)}`;
    expect((await read([form(LONGEST_FORM_BYTES)])).kind).toBe('form');
    expect(await read([form(LONGEST_FORM_BYTES + 1)])).toEqual({ kind: 'tooLarge' });
    expect(await read(Array.from({ length: 50 }, () => form(1_000)))).toEqual({ kind: 'tooLarge' });
  });

  it('notices that nobody is there any more', async () => {
    const message = posted(FORM);
    const reading = readFormPost(message);
    message.push('password=se');
    message.destroy(new Error('aborted'));
    expect(await reading).toEqual({ kind: 'aborted' });
  });
});

describe('parseForm', () => {
  it('takes the first of two passwords, and tells an empty one from none', () => {
    expect(parseForm('password=one&password=two')).toMatchObject({ password: 'one' });
    expect(parseForm('password=')).toMatchObject({ password: '' });
    expect(parseForm('password')).toMatchObject({ password: '' });
    expect(parseForm('Password=x')).toMatchObject({ password: undefined });
    expect(hasPassword(parseForm('password='))).toBe(true);
    expect(hasPassword(parseForm('other=1'))).toBe(false);
    expect(hasPassword({ kind: 'notAForm' })).toBe(false);
  });

  test('reads back what any browser would send', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (password) => {
        const body = new URLSearchParams({ password }).toString();
        expect(parseForm(body)).toMatchObject({ kind: 'form', password });
      }),
    );
  });

  test('takes anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        expect(parseForm(body).kind).toBe('form');
      }),
    );
  });
});

describe('referrerIn', () => {
  it.each([
    'https://a.example/',
    'http://a.example/b?c=d',
    'HTTPS://A.example',
    'https://a.example/%EB%B4%84',
  ])('lets %s travel', (url) => expect(referrerIn(url)).toBe(url));

  it.each([
    undefined,
    null,
    '',
    'about:client',
    'javascript:alert(1)',
    'android-app://com.example',
    '//a.example/',
    'https://',
    'https://a.example/봄',
    ' https://a.example/',
    `https://a.example/${'x'.repeat(500)}`,
  ])('does not let %j travel', (text) => expect(referrerIn(text)).toBe(''));
});
