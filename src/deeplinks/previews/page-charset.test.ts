import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePage } from './page-charset.ts';

/** `봄 세일` in EUC-KR, `春セール` in Shift_JIS, `春季` in GBK, `Café` in ISO 8859-1. */
const KOREAN = Buffer.from('babd20bcbcc0cf', 'hex');
const JAPANESE = Buffer.from('8f74835a815b838b', 'hex');
const CHINESE = Buffer.from('b4babcbe', 'hex');
const FRENCH = Buffer.from('436166e9', 'hex');

const meta = (charset: string, text: Uint8Array) =>
  Buffer.concat([
    Buffer.from(`<html><head><meta charset="${charset}"><title>`),
    text,
    Buffer.from('</title>'),
  ]);

describe('a page is decoded', () => {
  it.each<[how: string, bytes: Uint8Array, contentType: string | undefined, text: string]>([
    ['as the header says', KOREAN, 'text/html; charset=euc-kr', '봄 세일'],
    ['whatever way the header writes it', JAPANESE, 'text/html;Charset="Shift_JIS"; x=y', '春セール'],
    ['as it says itself', meta('gbk', CHINESE), 'text/html', '春季'],
    [
      'as it says itself, where the header names nothing known',
      meta('EUC-KR', KOREAN),
      'text/html; charset=none',
      '봄 세일',
    ],
    [
      'by the older way of saying so',
      Buffer.concat([
        Buffer.from('<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987"><title>'),
        KOREAN,
      ]),
      undefined,
      '봄 세일',
    ],
    [
      'as XML says so',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><title>'), FRENCH]),
      'application/xhtml+xml',
      'Café',
    ],
    ['as UTF-8 when nobody says', Buffer.from('봄 세일'), 'text/html', '봄 세일'],
    ['by its mark, whatever else is said', Buffer.from('\ufeff봄'), 'text/html; charset=euc-kr', '봄'],
    ['by the mark of UTF-16', Buffer.from('\ufeff봄', 'utf16le'), 'text/html', '봄'],
    ['as UTF-8 when it says UTF-16 in what is not', meta('utf-16', Buffer.from('봄')), 'text/html', '봄'],
    ['as what is left when it is cut within a character', Buffer.from('봄').subarray(0, 2), 'text/html', ''],
  ])('%s', (_how, bytes, contentType, text) => {
    expect(decodePage(bytes, contentType)).toContain(text);
    expect(decodePage(bytes, contentType)).not.toContain('\ufeff');
  });

  it('whatever it is', () => {
    const label = fc.oneof(
      fc.constantFrom('utf-8', 'utf-16le', 'iso-2022-kr', 'replacement', 'x-user-defined', '\0', '"'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), label, label, (bytes, header, own) => {
        expect(typeof decodePage(meta(own, bytes), `text/html; charset=${header}`)).toBe('string');
      }),
    );
  });
});
