import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { ThresholdNotice } from '../thresholds/threshold-notice.ts';
import type { EndpointDisabledNotice } from '../webhooks/endpoint-disabled-notice.ts';
import { endpointSection } from './endpoint-section.ts';
import { MailFormat } from './mail-format.ts';
import type { MailReaders } from './mail-reader.ts';
import type { MailSection } from './mail-section.ts';
import { plainLine } from './plain-line.ts';
import { MAIL_TEXTS } from './texts.ts';
import { thresholdSection } from './threshold-section.ts';

/** A mail as it is handed to the mail server, without addresses. */
export interface WrittenMail {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** So many links are told of, though a lane is about one; a mail must stay one that no mail program cuts off. */
const MOST_LINKS = 5;

/**
 * One mail about all that waits in a lane: the thresholds of a link, or the webhooks of a project that are no longer
 * called.
 *
 * @param deliveries at least one
 * @param publicUrl of the installation
 * @throws when a body is not what its kind says
 */
export function writeMail(
  deliveries: readonly Pick<Delivery, 'kind' | 'body'>[],
  readers: MailReaders,
  publicUrl: string,
): WrittenMail {
  const texts = MAIL_TEXTS[readers.language];
  const format = new MailFormat(readers);
  const thresholds = new Map<string, ThresholdNotice[]>();
  const disabled: EndpointDisabledNotice[] = [];
  for (const { kind, body } of deliveries) {
    if (kind === 'endpoint-disabled') {
      disabled.push(JSON.parse(body) as EndpointDisabledNotice);
    } else if (kind === 'clicks') {
      const notice = JSON.parse(body) as ThresholdNotice;
      thresholds.set(notice.linkId, [...(thresholds.get(notice.linkId) ?? []), notice]);
    } else throw new Error(`There is no mail about ${kind}`);
  }
  const links = [...thresholds.values()].slice(-MOST_LINKS).reverse();
  const told: MailSection[] = [
    ...links.map((notices) => thresholdSection(notices, texts, format)),
    ...(disabled.length === 0 ? [] : [endpointSection(disabled, texts, format)]),
  ];
  const footer = texts.footer(plainLine(readers.projectName), new URL(publicUrl).host);
  return {
    subject: told[0]?.heading ?? '',
    text: `${told.map(({ heading, text }) => [heading, '', ...text].join('\n')).join('\n\n\n')}\n\n-- \n${footer}\n`,
    html: mailDocument(readers.language, told, footer),
  };
}

/**
 * Colours stand in a style sheet with both schemes, so that programs that turn mails dark by themselves leave this one
 * alone; a program that drops the sheet shows black on white.
 */
const STYLE = [
  ':root{color-scheme:light dark;supported-color-schemes:light dark}',
  'body{margin:0;padding:24px 16px;background:#f4f6f5;color:#15201c;font:16px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Apple SD Gothic Neo","Malgun Gothic","Hiragino Sans","Yu Gothic UI","Noto Sans CJK KR","Noto Sans CJK JP",sans-serif}',
  '.c{max-width:560px;margin:0 auto;padding:24px;background:#fff;border-top:4px solid #0b8259;border-radius:8px}',
  'h1{margin:0 0 12px;font-size:22px;line-height:1.3;overflow-wrap:anywhere}',
  'h2{margin:0 0 8px;font-size:17px;line-height:1.3;overflow-wrap:anywhere}',
  'p,ul{margin:0 0 12px;overflow-wrap:anywhere}ul{padding-left:20px}',
  '.a{color:#0b6e4c;font-weight:600}',
  '.s,.n,.f{color:#53615b;font-size:14px}.n{font-weight:600}',
  '.w{margin-top:16px;padding-top:16px;border-top:1px solid #e0e6e3}',
  '.t{margin:0 0 12px;border-collapse:collapse;font-variant-numeric:tabular-nums}',
  '.t th,.t td{padding:3px 0 3px 12px;border-bottom:1px solid #e0e6e3;line-height:1.4}.t .l{padding-left:0}.t .r{white-space:nowrap}',
  '.f{max-width:560px;margin:16px auto 0;padding:0 8px}',
  '@media(prefers-color-scheme:dark){body{background:#0f1513;color:#e9efec}.c{background:#161e1b;border-color:#3fd29a}.a{color:#3fd29a}.s,.n,.f{color:#9baba4}.t th,.t td,.w{border-color:#27322d}}',
  '@media(max-width:400px){body{padding:8px}.c{padding:16px}}',
].join('');

function mailDocument(language: Language, sections: readonly MailSection[], footer: string): string {
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(sections[0]?.heading ?? '')}</title><style>${STYLE}</style></head><body><div class="c">`,
    sections.map(({ heading, html }) => `<h1>${escapeHtml(heading)}</h1>${html}`).join(''),
    `</div><p class="f">${escapeHtml(footer)}</p></body></html>`,
  ].join('');
}
