import { escapeHtml } from '../../escape-html.ts';
import { niceTicks } from './nice-ticks.ts';

export interface Bar {
  readonly value: number;
  /** Plain text under the bar; not given where there is no room for one. */
  readonly label?: string;
  /** Plain text for whoever points at it. */
  readonly hint: string;
}

export interface BarChartOptions {
  /** Plain text: what the chart shows, for whoever hears the page. */
  readonly summary: string;
  /** Of the plot, in pixels. */
  readonly height: number;
  readonly formatTick: (value: number) => string;
  /** Its labels are so short that all of them fit on a phone. */
  readonly keepsLabels?: boolean;
}

const TOP = 10;
const LABELS = 28;
/** Of a bar's place, in percent. */
const GAP = 24;

/**
 * Bars on an even ground. Widths are percentages and heights pixels, so that the drawing fills any screen and its
 * letters keep their size; whoever needs numbers finds them in a table beside it.
 */
export function renderBarChart(bars: readonly Bar[], options: BarChartOptions): string {
  const { summary, height, formatTick, keepsLabels = false } = options;
  const ticks = niceTicks(Math.max(0, ...bars.map(({ value }) => value)));
  const highest = ticks.at(-1) ?? 1;
  const total = TOP + height + LABELS;
  const level = (value: number) => round(TOP + height - (Math.max(0, value) / highest) * height);
  const axis = ticks.map(
    (tick) => `<text x="100%" y="${level(tick) + 4}">${escapeHtml(formatTick(tick))}</text>`,
  );
  const lines = ticks.map((tick) => {
    const y = level(tick);
    return `<line x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
  });
  return [
    `<div class="chart"><svg class="axis" height="${total}" aria-hidden="true">${axis.join('')}</svg>`,
    `<svg class="plot" width="100%" height="${total}" role="img" aria-label="${escapeHtml(summary)}">`,
    `<g class="lines">${lines.join('')}</g>`,
    ...drawBars(bars, level, height, keepsLabels),
    '</svg></div>',
  ].join('');
}

function drawBars(
  bars: readonly Bar[],
  level: (value: number) => number,
  height: number,
  keepsLabels: boolean,
): string[] {
  const place = 100 / bars.length;
  const width = place * (1 - GAP / 100);
  const labelled = bars.filter(({ label }) => label !== undefined).length;
  let named = 0;
  return bars.map(({ value, label, hint }, at) => {
    const left = at * place;
    // What is there is seen, however much more there is elsewhere.
    const top = value > 0 ? Math.min(level(value), TOP + height - 2) : TOP + height;
    const bar =
      value > 0
        ? `<rect x="${round(left + (place - width) / 2)}%" width="${round(width)}%" y="${top}" height="${round(TOP + height - top)}" rx="2"/>`
        : '';
    let text = '';
    if (label !== undefined) {
      const middle = left + place / 2;
      // The last one must not stand out of the page.
      const isLast = middle > 94 && bars.length > 12;
      // On a narrow screen every other label has to go.
      const goes = !keepsLabels && named++ % 2 === 1 && labelled > 4;
      const classes = [isLast ? 'last' : '', goes ? 'wide' : ''].filter(Boolean).join(' ');
      text = `<text${classes && ` class="${classes}"`} x="${isLast ? 100 : round(middle)}%" y="${TOP + height + 20}">${escapeHtml(label)}</text>`;
    }
    return `<g><title>${escapeHtml(hint)}</title><rect x="${round(left)}%" width="${round(place)}%" height="${TOP + height}"/>${bar}</g>${text}`;
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
