import { escapeHtml } from '../../escape-html.ts';
import type { EndpointDisabledNotice } from '../webhooks/endpoint-disabled-notice.ts';
import type { MailFormat } from './mail-format.ts';
import type { MailSection } from './mail-section.ts';
import { plainLine } from './plain-line.ts';
import type { MailTexts } from './texts.ts';

/** So many webhooks are told of in full, and so many more by a line each: what is longer, mail programs cut off. */
const MOST_IN_FULL = 5;
const MOST_LINES = 50;
/** Scheme and host: no name in the DNS is longer. */
const LONGEST_URL = 270;

/** The webhooks that are no longer called: one, or all that a project has lost at a time. @param notices at least one */
export function endpointSection(
  notices: readonly EndpointDisabledNotice[],
  { endpoint: texts }: MailTexts,
  format: MailFormat,
): MailSection {
  const webhooks = latestOfEach(notices).map((notice) => toldOf(notice, texts, format));
  const inFull = webhooks.slice(0, MOST_IN_FULL);
  const listed = webhooks.slice(MOST_IN_FULL, MOST_IN_FULL + MOST_LINES);
  const unlisted = webhooks.length - inFull.length - listed.length;
  const rest = unlisted > 0 ? [texts.unlisted(format.number(unlisted))] : [];
  const [first] = inFull as [Told];
  const isOne = webhooks.length === 1;
  return {
    heading: isOne ? texts.subject(first.name) : texts.subjectOfMany(format.number(webhooks.length)),
    text: [
      ...inFull.flatMap(({ name, why, facts }) => [
        ...(isOne ? [] : [name]),
        why,
        ...facts.map(([label, value]) => `${label}: ${value}`),
        '',
      ]),
      ...(listed.length === 0 ? [] : [texts.further, ...listed.map(({ line }) => `- ${line}`), ...rest, '']),
      texts.whatNow,
    ],
    html: [
      ...inFull.map((told) => markupOfOne(told, isOne)),
      ...(listed.length === 0
        ? []
        : [
            `<div class="w"><p>${escapeHtml(texts.further)}</p><ul>`,
            ...listed.map(({ line }) => `<li>${escapeHtml(line)}</li>`),
            `</ul>${rest.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</div>`,
          ]),
      `<div class="w"><p>${escapeHtml(texts.whatNow)}</p></div>`,
    ].join(''),
  };
}

interface Told {
  readonly name: string;
  readonly why: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly line: string;
}

function toldOf(
  { groupName, reason, since, url, endpointId }: EndpointDisabledNotice,
  texts: MailTexts['endpoint'],
  format: MailFormat,
): Told {
  const name = groupName === null ? texts.ofProject : texts.ofGroup(plainLine(groupName));
  const id = plainLine(endpointId);
  return {
    name,
    why: texts.why[reason](format.zonedInstant(since)),
    facts: [
      ...(url === null ? [] : [[texts.receiver, plainLine(url, LONGEST_URL)] as const]),
      [texts.id, id],
    ],
    line: `${name} (${id}) · ${format.zonedInstant(since)}`,
  };
}

function markupOfOne({ name, why, facts }: Told, isOne: boolean): string {
  const lines = facts.map(
    ([label, value]) => `<span class="s">${escapeHtml(label)}:</span> ${escapeHtml(value)}`,
  );
  const told = `<p>${escapeHtml(why)}</p><p>${lines.join('<br>')}</p>`;
  return isOne ? told : `<div class="w"><h2>${escapeHtml(name)}</h2>${told}</div>`;
}

/** Newest first. One that was enabled and disabled again meanwhile is told of once. */
function latestOfEach(notices: readonly EndpointDisabledNotice[]): EndpointDisabledNotice[] {
  const latest = new Map<string, EndpointDisabledNotice>();
  for (const notice of notices) {
    latest.delete(notice.endpointId);
    latest.set(notice.endpointId, notice);
  }
  return [...latest.values()].reverse();
}
