import { escapeHtml } from '../../escape-html.ts';

export interface ListedValue {
  /** Plain text, of whoever. */
  readonly name: string;
  /** Plain text in small letters below it; may be empty. */
  readonly detail: string;
  readonly clicks: string;
  readonly share: string;
  /** Of the bar: 0 to 1. */
  readonly part: number;
}

export interface ListedValues {
  /** Plain text. */
  readonly heading: string;
  /** Over the whole width of the page, and not in one of its columns. */
  readonly wide?: boolean;
  readonly values: readonly ListedValue[];
  /** What is not listed, in words; undefined when nothing is left. */
  readonly rest: { readonly name: string; readonly clicks: string; readonly share: string } | undefined;
}

/** Values with their clicks, each over a bar. A list is read out in the order in which it is seen. */
export function renderValueList({ heading, wide = false, values, rest }: ListedValues): string {
  return [
    `<section${wide ? ' class="wide-card"' : ''}><h2>${escapeHtml(heading)}</h2><ol>`,
    ...values.map(renderValue),
    rest
      ? `<li class="v rest"><span>${escapeHtml(rest.name)}</span><span>${escapeHtml(rest.clicks)}</span><i>${escapeHtml(rest.share)}</i></li>`
      : '',
    '</ol></section>',
  ].join('');
}

function renderValue({ name, detail, clicks, share, part }: ListedValue): string {
  const width = Math.round(Math.min(1, Math.max(0, part)) * 1000) / 10;
  const small = detail === '' ? '' : `<small><bdi>${escapeHtml(detail)}</bdi></small>`;
  return [
    `<li class="v"><span><bdi>${escapeHtml(name)}</bdi>${small}</span><b>${escapeHtml(clicks)}</b><i>${escapeHtml(share)}</i>`,
    '<svg width="100%" height="5" aria-hidden="true"><rect class="t" width="100%" height="5" rx="2.5"/>',
    `<rect class="f" width="${width}%" height="5" rx="2.5"/></svg></li>`,
  ].join('');
}
