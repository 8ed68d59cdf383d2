import { describe, expect, it, test } from 'vitest';
import { brightness, type Color, readColor } from './color.ts';
import { type QrStyle, styleProblems, USUAL_STYLE } from './qr-style.ts';

describe('readColor', () => {
  it.each([
    ['#1a2b3c', '#1a2b3c'],
    ['1A2B3C', '#1a2b3c'],
    ['#abc', '#aabbcc'],
    ['07f', '#0077ff'],
  ])('%s is %s', (text, color) => {
    expect(readColor(text)).toBe(color);
  });

  it.each([
    '',
    '#',
    'red',
    '#12',
    '#1234',
    '#12345',
    '#1234567',
    '#12345678',
    '##123',
    ' #123',
    '#123\n',
    '#12g',
    '"/><script>',
    'rgb(0,0,0)',
  ])('%j is none', (text) => {
    expect(readColor(text)).toBeUndefined();
  });
});

test('brightness is what a scanner sees, in percent', () => {
  expect(brightness('#000000')).toBe(0);
  expect(brightness('#ffffff')).toBeCloseTo(100);
  expect(brightness('#00ff00')).toBeCloseTo(71.5, 1);
  expect(brightness('#0000ff')).toBeCloseTo(7.2, 1);
});

describe('styleProblems', () => {
  const problems = (color: Color, background: QrStyle['background']) =>
    styleProblems({ ...USUAL_STYLE, color, background });

  it.each<[Color, QrStyle['background']]>([
    ['#000000', '#ffffff'],
    ['#000000', 'transparent'],
    ['#ff0000', '#ffffff'],
    ['#0000ff', '#ffee00'],
    ['#00aa00', '#ffffff'],
    ['#000000', '#808080'],
  ])('%s on %s can be scanned', (color, background) => {
    expect(problems(color, background)).toEqual([]);
  });

  it.each<[Color, QrStyle['background'], RegExp]>([
    ['#ffffff', '#000000', /must be darker than the background/],
    ['#ffff00', '#0000ff', /must be darker/],
    ['#ffffff', '#ffffff', /#ffffff is 0 % darker than #ffffff, and scanners need 50 %/],
    ['#ffd000', '#ffffff', /too close/],
    ['#000000', '#7f7f7f', /is 49 % darker/],
    ['#aaaaaa', 'transparent', /white, which a transparent background is taken for/],
  ])('%s on %s cannot', (color, background, message) => {
    expect(problems(color, background)).toEqual([
      { field: 'color', message: expect.stringMatching(message) },
    ]);
  });
});
