import type { EndpointDisabledNotice } from '../webhooks/endpoint-disabled-notice.ts';
import type { MailFormat } from './mail-format.ts';
import { markupOf } from './mail-markup.ts';
import type { MailSection } from './mail-section.ts';
import { plainLine } from './plain-line.ts';
import type { MailTexts } from './texts.ts';

/** A webhook that is no longer called. */
export function endpointSection(
  notice: EndpointDisabledNotice,
  { endpoint: texts }: MailTexts,
  format: MailFormat,
): MailSection {
  const name = notice.groupName === null ? texts.ofProject : texts.ofGroup(plainLine(notice.groupName));
  const facts: readonly [label: string, value: string][] = [
    ...(notice.url === null ? [] : [[texts.receiver, plainLine(notice.url)] as [string, string]]),
    [texts.id, plainLine(notice.endpointId)],
  ];
  const why = texts.why[notice.reason](format.instant(notice.since));
  return {
    heading: texts.subject(name),
    text: [why, '', ...facts.map(([label, value]) => `${label}: ${value}`), '', texts.whatNow],
    html: [
      `<p>${markupOf(why)}</p><p>`,
      facts
        .map(([label, value]) => `<span class="s">${markupOf(label)}:</span> ${markupOf(value)}`)
        .join('<br>'),
      `</p><p>${markupOf(texts.whatNow)}</p>`,
    ].join(''),
  };
}
