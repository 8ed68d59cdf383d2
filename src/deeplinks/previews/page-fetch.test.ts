import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, ScriptedReceiver } from '../../../test/support/scripted-receiver.ts';
import { fetchPage, type PageFetchRules } from './page-fetch.ts';

let site: ScriptedReceiver;
beforeEach(async () => {
  site = await ScriptedReceiver.open();
});
afterEach(() => site.close());

const RULES: PageFetchRules = {
  allowPrivate: true,
  isOwn: () => false,
  userAgent: 'Mozilla/5.0 (compatible; SwitchyardBot/1.0; +https://go.example)',
};
const read = (path: string, rules: Partial<PageFetchRules> = {}) =>
  fetchPage(site.url(path), { ...RULES, ...rules });

const page = (body: string | Uint8Array, headers: Record<string, string> = {}): Behaviour => ({
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html', ...headers },
  body,
});
const redirect = (location: string, status = 302): Behaviour => ({
  kind: 'answer',
  status,
  headers: { location },
});
const cutOff = (body: string, ending: 'reset' | 'hang'): Behaviour => ({
  kind: 'break-off',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body,
  ending,
});
/** A body that only its connection would end. */
const cutOffUntold = (body: string, ending: 'reset' | 'hang'): Behaviour => ({
  kind: 'bytes',
  bytes: `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n${body}`,
  ending,
});
const failed = (problem: string | RegExp, again: boolean) => ({
  kind: 'failed',
  problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
  again,
});

describe('a page', () => {
  it('is asked for once, openly, and read', async () => {
    site.script('/a?b=1', page('<title>Spring</title><meta property="og:image" content="pic.png">'));
    expect(await read('/a?b=1#part')).toEqual({
      kind: 'found',
      texts: { title: 'Spring', description: '', imageUrl: site.url('/pic.png') },
    });
    expect(site.received).toHaveLength(1);
    expect(site.received[0]).toMatchObject({
      method: 'GET',
      headers: { 'user-agent': RULES.userAgent, 'accept-encoding': 'identity' },
    });
    expect(site.received[0]?.headers).not.toHaveProperty('cookie');
    expect(site.received[0]?.headers).not.toHaveProperty('referer');
  });

  it('is found behind redirects, and its picture beside where it was found', async () => {
    site.script('/a', redirect('/b', 301));
    site.script('/b', redirect(site.url('/shop/c', 'localhost'), 307));
    site.script('/shop/c', page('<title>Spring</title><meta property="og:image" content="pic.png">'));
    expect(await read('/a')).toMatchObject({
      texts: { title: 'Spring', imageUrl: site.url('/shop/pic.png', 'localhost') },
    });
  });

  it.each<[why: string, script: Record<string, Behaviour>, problem: string | RegExp, again: boolean]>([
    ['is not there', { '/a': { kind: 'answer', status: 404 } }, 'It answers with status 404.', false],
    ['is not there for a while', { '/a': { kind: 'answer', status: 503 } }, /status 503/, true],
    ['asks for patience', { '/a': { kind: 'answer', status: 429 } }, /status 429/, true],
    ['is a picture', { '/a': page('x', { 'content-type': 'image/png' }) }, 'It is not an HTML page.', false],
    [
      'says nothing of what it is',
      { '/a': { kind: 'answer', status: 200, body: '<title>x' } },
      /not an HTML/,
      false,
    ],
    [
      'is compressed, and may be larger than it looks',
      { '/a': page(gzipSync(Buffer.alloc(5_000_000)), { 'content-encoding': 'gzip' }) },
      /compressed/,
      false,
    ],
    ['redirects to itself', { '/a': redirect('/a') }, 'It redirects to itself.', false],
    [
      'redirects in a ring',
      { '/a': redirect('/b'), '/b': redirect('/a#x') },
      'It redirects to itself.',
      false,
    ],
    [
      'redirects on and on',
      Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`/a${n || ''}`, redirect(`/a${n + 1}`)])),
      'It redirects more than 5 times.',
      false,
    ],
    ['redirects to a script', { '/a': redirect('javascript:alert(1)') }, /must begin with https/, false],
    ['redirects to a file', { '/a': redirect('file:///etc/passwd') }, /must begin with https/, false],
    ['redirects to nothing', { '/a': redirect('http://') }, 'It redirects to what is not a URL.', false],
    ['breaks off', { '/a': { kind: 'reset' } }, /broken off/, true],
    ['is no HTTP', { '/a': { kind: 'bytes', bytes: 'hello\r\n\r\n' } }, /not HTTP/, true],
  ])('is not read that %s', async (_why, script, problem, again) => {
    for (const [path, behaviour] of Object.entries(script)) site.script(path, behaviour);
    expect(await read('/a')).toEqual(failed(problem, again));
  });

  it.each([
    ['as it is', '/봄%20세일?q=가#b'],
    ['as it is, with its host', 'http://localhost:PORT/봄%20세일?q=가'],
    ['encoded', '/%EB%B4%84%20%EC%84%B8%EC%9D%BC?q=%EA%B0%80'],
  ])('is found behind a redirect to a name in Hangul, written %s', async (_how, location) => {
    const bytes = Buffer.from(location.replace('PORT', String(site.port)));
    // Headers are written byte by byte.
    site.script('/a', redirect(bytes.toString('latin1')));
    site.script('/%EB%B4%84%20%EC%84%B8%EC%9D%BC?q=%EA%B0%80', page('<title>Spring</title>'));
    expect(await read('/a')).toMatchObject({ texts: { title: 'Spring' } });
  });

  it('is found behind a redirect in an older encoding, read as it always was', async () => {
    site.script('/a', redirect('/caf\u00e9'));
    site.script('/caf%C3%A9', page('<title>Spring</title>'));
    expect(await read('/a')).toMatchObject({ texts: { title: 'Spring' } });
  });

  it.each(['reset', 'hang'] as const)('is not found when it ends within its head in a %s', async (ending) => {
    for (const body of [
      '',
      '<head><title>Spring</title><meta property="og:ti',
      '<template></head><body></template>',
    ]) {
      for (const cut of [cutOff, cutOffUntold]) {
        site.script('/a', cut(body, ending));
        expect(await read('/a', { timeoutMs: 500 }), body).toEqual(
          failed('It hung or broke off before its head had ended.', true),
        );
      }
    }
  });

  it.each(['reset', 'hang'] as const)('is found when it ends behind its head in a %s', async (ending) => {
    for (const body of ['<head><title>Spring</title></head>', '<title>Spring</title><body class=a>']) {
      site.script('/a', cutOff(body, ending));
      expect(await read('/a', { timeoutMs: 500 }), body).toMatchObject({ texts: { title: 'Spring' } });
    }
  });

  it('is given up when it takes too long, all redirects together', async () => {
    site.script('/a', { ...redirect('/b'), afterMs: 150 } as Behaviour);
    site.script('/b', { ...redirect('/c'), afterMs: 150 } as Behaviour);
    site.script('/c', { kind: 'hang' });
    const started = performance.now();
    expect(await read('/a', { timeoutMs: 500 })).toEqual(
      failed('There was no page within 0.5 seconds.', true),
    );
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it.each(['fast', 'drip'] as const)('is read as far as it comes when it has no end: %s', async (pace) => {
    site.script('/a', { kind: 'endless', status: 200, pace });
    const started = performance.now();
    // Whatever says nothing of itself is not HTML; what matters is that it ends.
    expect(await read('/a', { timeoutMs: 1_000 })).toMatchObject({ kind: 'failed' });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(site.bytesTaken).toBeLessThan(8_000_000);
  });

  it('is read from its beginning when it is huge', async () => {
    site.script(
      '/a',
      page(`<title>Spring</title>${'x'.repeat(3_000_000)}<meta property="og:title" content="late">`),
    );
    expect(await read('/a')).toMatchObject({ texts: { title: 'Spring' } });
  });

  it('is in whatever encoding its country uses', async () => {
    site.script(
      '/a',
      page(Buffer.from('3c7469746c653ebabd20bcbcc0cf3c2f7469746c653e', 'hex'), {
        'content-type': 'text/html; charset=euc-kr',
      }),
    );
    expect(await read('/a')).toMatchObject({ texts: { title: '봄 세일' } });
  });

  it('is given up when the process stops', async () => {
    site.script('/a', { kind: 'hang' });
    const closing = new AbortController();
    const reading = fetchPage(site.url('/a'), RULES, closing.signal);
    closing.abort(new Error('closing'));
    expect(await reading).toMatchObject({ kind: 'failed', again: true });
  });
});

describe('what is not asked', () => {
  it('is a short link of our own, also behind a redirect', async () => {
    const isOwn = (url: string) => url.startsWith('https://go.example/');
    expect(await fetchPage('https://go.example/x', { ...RULES, isOwn })).toEqual(
      failed(/short link of this/, false),
    );
    site.script('/a', redirect('https://go.example/x'));
    expect(await read('/a', { isOwn })).toEqual(failed(/short link of this/, false));
  });

  const GUARDED: Partial<PageFetchRules> = { allowPrivate: false, resolve: async () => ['10.0.0.7'] };

  it.each([
    ['this machine', 'http://127.0.0.1:1/'],
    ['this machine by another name', 'http://localhost/'],
    ['a cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['a private network', 'https://192.168.1.1/'],
    ['a name that leads there', 'http://intranet.example/'],
    ['this machine in IPv6', 'http://[::ffff:127.0.0.1]/'],
  ])('is %s', async (_what, url) => {
    expect(await fetchPage(url, { ...RULES, ...GUARDED })).toEqual(
      failed(/not (a )?public|this machine/, false),
    );
    expect(site.connections).toBe(0);
  });

  it('is a URL with a password, behind a redirect either', async () => {
    site.script('/a', redirect('http://user:secret@intranet.example/'));
    expect(await read('/a')).toEqual(failed(/user name or password/, false));
  });
});
