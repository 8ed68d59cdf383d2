import { escapeHtml } from '../../escape-html.ts';
import type { ThresholdNotice } from '../thresholds/threshold-notice.ts';
import type { MailFormat } from './mail-format.ts';
import type { MailSection } from './mail-section.ts';
import { plainLine } from './plain-line.ts';
import type { MailTexts } from './texts.ts';

/** A link that goes round the world crosses hundreds of thresholds in ten minutes; the last ones say it all. */
const MOST_ROWS = 20;

/** The thresholds one link has reached: one, or a digest. @param notices at least one */
export function thresholdSection(
  notices: readonly ThresholdNotice[],
  texts: MailTexts,
  format: MailFormat,
): MailSection {
  const sorted = [...notices].sort((a, b) => b.clicks - a.clicks || b.at - a.at);
  const [latest] = sorted as [ThresholdNotice];
  const address = shownAddress(latest.shortUrl);
  const rows = sorted.slice(0, MOST_ROWS);
  const group = latest.groupName === null ? '' : plainLine(latest.groupName);
  const notes = [
    ...(sorted.length > rows.length ? [texts.earlier(format.number(sorted.length - rows.length))] : []),
    texts.every(format.number(latest.every)),
    texts.timesIn(format.zone(latest.at)),
  ];
  const { columns } = texts;
  return {
    heading: texts.reached(linkName(latest), format.number(latest.clicks)),
    text: [
      `${texts.link}: ${address}`,
      ...(group === '' ? [] : [`${texts.group}: ${group}`]),
      '',
      ...rows.map(
        ({ clicks, visitors, at }) =>
          `${columns.clicks} ${format.number(clicks)} · ${columns.visitors} ${format.number(visitors)} · ${format.instant(at)}`,
      ),
      '',
      ...notes,
    ],
    html: [
      `<p><span class="a">${escapeHtml(address)}</span>`,
      group === '' ? '' : `<br><span class="s">${escapeHtml(texts.group)}: ${escapeHtml(group)}</span>`,
      '</p><table class="t" cellspacing="0" cellpadding="0" width="100%"><tr>',
      `<th class="n l" align="left">${escapeHtml(columns.clicks)}</th>`,
      `<th class="n" align="right">${escapeHtml(columns.visitors)}</th>`,
      `<th class="n r" align="right">${escapeHtml(columns.at)}</th></tr>`,
      ...rows.map((row, index) => markupOfRow(row, rows[index - 1], format)),
      `</table><p class="s">${notes.map(escapeHtml).join('<br>')}</p>`,
    ].join(''),
  };
}

/** A date stands once above all of its rows: beside each time it would not fit a phone. */
function markupOfRow(
  { clicks, visitors, at }: ThresholdNotice,
  above: ThresholdNotice | undefined,
  format: MailFormat,
): string {
  const date = format.date(at);
  const dateRow =
    above && format.date(above.at) === date
      ? ''
      : `<tr class="d"><td class="s r" colspan="3" align="right">${escapeHtml(date)}</td></tr>`;
  return [
    `${dateRow}<tr><td class="l" align="left"><b>${format.number(clicks)}</b></td>`,
    `<td align="right">${format.number(visitors)}</td>`,
    `<td class="r" align="right">${escapeHtml(format.time(at))}</td></tr>`,
  ].join('');
}

/** What people call the link: its title, or else its address. */
export function linkName({ title, shortUrl }: Pick<ThresholdNotice, 'title' | 'shortUrl'>): string {
  return plainLine(title) || plainLine(shownAddress(shortUrl));
}

/**
 * To be read, not followed: mail programs and the scanners before them open what looks like a URL, and each of those
 * visits might be the click that sets off the next mail. It holds no spaces: text of somebody's choice after one would
 * look like ours.
 */
function shownAddress(shortUrl: string): string {
  return shortUrl
    .replace(/^https?:\/\//i, '')
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, '');
}
