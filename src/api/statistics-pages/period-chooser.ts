import { escapeHtml } from '../../escape-html.ts';
import type { StatisticsTexts } from './texts.ts';
import { PRESETS, type ViewedPeriod } from './viewed-period.ts';

/** Plain links for the usual periods, and a form for any other. */
export function renderPeriodChooser(
  { preset, firstDay, lastDay }: ViewedPeriod,
  path: string,
  texts: StatisticsTexts,
): string {
  const links = PRESETS.map((one) => {
    const current = one === preset ? ' aria-current="true"' : '';
    return `<li><a href="${escapeHtml(`${path}?range=${one}`)}"${current}>${escapeHtml(texts.presets[one])}</a></li>`;
  });
  const date = (name: string, label: string, value: string) =>
    `<label>${escapeHtml(label)}<input type="date" name="${name}" value="${escapeHtml(value)}" required></label>`;
  return [
    `<nav aria-label="${escapeHtml(texts.periods)}"><ul>${links.join('')}</ul></nav>`,
    `<details class="pick"${preset === 'custom' ? ' open' : ''}><summary>${escapeHtml(texts.otherDates)}</summary>`,
    `<form action="${escapeHtml(path)}">`,
    date('from', texts.firstDay, firstDay),
    date('to', texts.lastDay, lastDay),
    `<button>${escapeHtml(texts.show)}</button></form></details>`,
  ].join('');
}
