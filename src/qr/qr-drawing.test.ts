import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { FieldProblem } from '../errors.ts';
import type { Color } from './color.ts';
import { type PreparedLogo, prepareLogo } from './logo-picture.ts';
import { paintPng } from './png-painter.ts';
import { planDrawing, type QrDrawing } from './qr-drawing.ts';
import { CORRECTIONS } from './qr-matrix.ts';
import { MARGINS, type QrStyle, SIZES, styleProblems, USUAL_STYLE } from './qr-style.ts';
import { paintSvg } from './svg-painter.ts';
import { LOGO_NAMES, logoPng } from './testing/logos.ts';
import { decode, pixelsOf } from './testing/qr-decoders.ts';

const SHORT = 'https://go.example.com/AbCd1234?qr=1';
const BRAND = `https://links.somewhat-longer.example.com/share/${encodeURI('여름-세일'.repeat(8))}?qr=1`;

/** A hundred letters that take nine characters each: the longest code there can be. */
const LONGEST = `https://links.somewhat-longer.example.com/share/${encodeURI('가'.repeat(100))}?qr=1`;

function planned(text: string, style: Partial<QrStyle>, hasLogo = false): QrDrawing {
  const drawing = planDrawing(text, { ...USUAL_STYLE, ...style }, hasLogo);
  if ('message' in drawing) throw new Error(drawing.message);
  return drawing;
}

function painted(drawing: QrDrawing, format: QrStyle['format'], logo: PreparedLogo | null = null): Buffer {
  return format === 'png' ? paintPng(drawing, logo) : Buffer.from(paintSvg(drawing, logo));
}

async function expectToScan(
  text: string,
  picture: Buffer,
  what: string,
  around: Parameters<typeof pixelsOf>[1] = {},
): Promise<void> {
  expect(decode(await pixelsOf(picture, around)), what).toEqual({ jsqr: text, zxing: text });
}

describe('planDrawing', () => {
  const refused = (text: string, style: Partial<QrStyle>) => {
    const problem = planDrawing(text, { ...USUAL_STYLE, ...style }, false);
    expect(problem).toHaveProperty('message');
    return problem as FieldProblem;
  };

  it('gives every module the same whole number of pixels, and the rest to the margin', () => {
    expect(planned(SHORT, {})).toMatchObject({ unit: 8, offset: 34, size: 300, matrix: { modules: 29 } });
  });

  it('refuses a picture too small for its modules, and says how large it must be', () => {
    const problem = refused(LONGEST, { size: 100 });
    expect(problem).toEqual({
      field: 'size',
      message: expect.stringMatching(/^must be at least \d+ pixels in these colours/),
    });
    const least = Number(/\d+/.exec(problem.message)?.[0]);
    expect(planned(LONGEST, { size: least }).unit).toBe(1);
    refused(LONGEST, { size: least - 1 });
  });

  it('gives weak colours two pixels a module', () => {
    expect(planned(SHORT, { size: 50 }).unit).toBe(1);
    const weak = { color: '#6f6f6f', background: '#ffffff' } as const;
    expect(refused(SHORT, { ...weak, size: 50 }).message).toContain('at least 74 pixels');
    expect(planned(SHORT, { ...weak, size: 74 }).unit).toBe(2);
  });

  it('refuses a correction that leaves no room for the URL, and names those that do', () => {
    const text = `https://go.example/${'a'.repeat(1_700)}`;
    expect(refused(text, { size: 1_000, correction: 'H' })).toEqual({
      field: 'ecc',
      message: 'H has no room for a short URL of this length; use L or M',
    });
    expect(planned(text, { size: 1_000 }).matrix.modules).toBeGreaterThan(150);
    expect(refused('a'.repeat(3_000), { size: 1_000 }).message).toContain('use a shorter code or domain');
  });

  it('asks for more correction when there is a logo, and keeps the one that was asked for', () => {
    const modules = (correction: QrStyle['correction'], hasLogo: boolean) =>
      planned(SHORT, { correction }, hasLogo).matrix.modules;
    expect(modules(null, true)).toBe(modules('H', false));
    expect(modules('Q', true)).toBe(modules('Q', false));
    expect(modules('L', true)).toBe(modules('Q', false));
  });

  it('leaves the logo out where it is not wanted, or where modules would become too small', () => {
    expect(planned(SHORT, {}, true).logo).toMatchObject({ modules: 9 });
    expect(planned(SHORT, { logo: false }, true).logo).toBeNull();
    expect(planned(SHORT, { size: 60 }, true)).toMatchObject({ logo: null, matrix: { modules: 29 } });
  });
});

const correctionOf = fc.constantFrom(null, ...CORRECTIONS);
const colorOf: fc.Arbitrary<Color> = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}` as const);
const anyStyle: fc.Arbitrary<QrStyle> = fc.record({
  format: fc.constantFrom('png', 'svg'),
  size: fc.oneof(
    fc.integer({ min: SIZES.smallest, max: 160 }),
    fc.integer({ min: SIZES.smallest, max: 500 }),
    fc.constant(SIZES.largest),
  ),
  margin: fc.integer({ min: MARGINS.smallest, max: MARGINS.largest }),
  color: fc.oneof(fc.constant('#000000' as const), colorOf),
  background: fc.oneof(fc.constantFrom('#ffffff' as const, 'transparent' as const), colorOf),
  correction: correctionOf,
  logo: fc.boolean(),
});
const anyText = fc
  .tuple(
    fc.constantFrom(
      'http://a.bc/',
      'https://go.example.com/',
      'https://links.longer.example.com:8443/share/',
    ),
    fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,100}$/),
      fc.stringMatching(/^\p{L}{1,100}$/u).map((code) => encodeURI(code.slice(0, 100).toWellFormed())),
    ),
  )
  .map(([front, code]) => `${front}${code}?qr=1`);

const RUNS = 120;

test('whatever is accepted is read by both decoders as exactly the short URL', async () => {
  const logos = await Promise.all(LOGO_NAMES.map(async (name) => prepareLogo(await logoPng(name))));
  let accepted = 0;
  let withLogo = 0;
  await fc.assert(
    fc.asyncProperty(anyText, anyStyle, fc.constantFrom(null, ...logos), async (text, style, logo) => {
      if (styleProblems(style).length > 0) return;
      const drawing = planDrawing(text, style, logo !== null);
      if ('message' in drawing) return;
      accepted++;
      if (drawing.logo) withLogo++;
      await expectToScan(text, painted(drawing, style.format, logo), JSON.stringify(style));
    }),
    { numRuns: RUNS },
  );
  expect(accepted).toBeGreaterThan(RUNS / 6);
  expect(withLogo).toBeGreaterThan(RUNS / 60);
}, 60_000);

test.each([
  ['a usual link', SHORT],
  ['a brand code', BRAND],
  ['the longest code', LONGEST],
])('%s scans in every size, format and correction', async (_, text) => {
  let drawn = 0;
  for (const size of [50, 64, 74, 100, 128, 177, 200, 300, 444, 1_000]) {
    for (const correction of size <= 200 ? [null, ...CORRECTIONS] : [null]) {
      const drawing = planDrawing(text, { ...USUAL_STYLE, size, correction }, false);
      if ('message' in drawing) continue;
      drawn++;
      for (const format of ['png', 'svg'] as const) {
        const picture = painted(drawing, format);
        await expectToScan(text, picture, `${format} ${size} ${correction}`);
      }
    }
  }
  expect(drawn).toBeGreaterThan(10);
});

test('an SVG scans in whatever size it is shown', async () => {
  const picture = painted(planned(SHORT, {}), 'svg');
  for (const size of [90, 120, 171, 300, 517, 1_200]) await expectToScan(SHORT, picture, `${size}`, { size });
});

test('every logo scans in every size, with every correction and on every kind of background', async () => {
  for (const name of LOGO_NAMES) {
    const logo = await prepareLogo(await logoPng(name));
    for (const size of [111, 150, 300]) {
      for (const background of ['#ffffff', 'transparent', '#ffe9a8'] as const) {
        const correction = size === 300 ? 'Q' : null;
        const drawing = planned(SHORT, { size, background, correction }, true);
        if (size > 111) expect(drawing.logo, `${name} ${size}`).not.toBeNull();
        for (const format of ['png', 'svg'] as const) {
          const what = `${name} ${format} ${size} ${background}`;
          await expectToScan(SHORT, painted(drawing, format, logo), what);
        }
      }
    }
  }
});

test('the margin is enough to be found on a dark surface', async () => {
  for (const margin of [MARGINS.smallest, 2, MARGINS.usual]) {
    for (const size of [74, 150, 300]) {
      const around = { surface: '#000000', border: 40 };
      const { jsqr } = decode(await pixelsOf(painted(planned(SHORT, { margin, size }), 'png'), around));
      expect(jsqr, `${margin} ${size}`).toBe(SHORT);
    }
  }
});

describe('the painters', () => {
  const equalAsPng = fc.record({ ...anyStyleParts(), size: fc.integer({ min: 50, max: 400 }) });

  it('fill the same pixels, whatever the style', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, equalAsPng, async (text, style) => {
        const drawing = planDrawing(text, { ...USUAL_STYLE, ...style }, false);
        if ('message' in drawing) return;
        const [png, svg] = await Promise.all(
          (['png', 'svg'] as const).map(async (format) => pixelsOf(painted(drawing, format))),
        );
        expect(png?.data.equals(svg?.data as Buffer)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('put the logo in the same place', async () => {
    const logo = await prepareLogo(await logoPng('disc'));
    for (const background of ['#ffffff', 'transparent'] as const) {
      const drawing = planned(SHORT, { background }, true);
      const [png, svg] = await Promise.all(
        (['png', 'svg'] as const).map(async (format) => pixelsOf(painted(drawing, format, logo))),
      );
      const apart = [...(png as { data: Buffer }).data].filter(
        (value, at) => Math.abs(value - ((svg as { data: Buffer }).data[at] as number)) > 40,
      );
      expect(apart.length).toBeLessThan(200);
    }
  });

  it('paint the same style in the same bytes', async () => {
    const logo = await prepareLogo(await logoPng('switch'));
    for (const format of ['png', 'svg'] as const) {
      const [first, second] = await Promise.all(
        [1, 2].map(() => painted(planned(SHORT, {}, true), format, logo)),
      );
      expect((first as Buffer).equals(second as Buffer)).toBe(true);
    }
  });

  it('need few bytes', async () => {
    expect(painted(planned(SHORT, { size: 1_000 }), 'png').byteLength).toBeLessThan(2_500);
    expect(painted(planned(LONGEST, { size: 1_000 }), 'png').byteLength).toBeLessThan(12_000);
  });
});

function anyStyleParts() {
  return {
    margin: fc.integer({ min: MARGINS.smallest, max: MARGINS.largest }),
    color: fc.constantFrom('#000000' as const, '#123456' as const),
    background: fc.constantFrom('#ffffff' as const, '#ffe9a8' as const),
    correction: correctionOf,
  };
}
