import { escapeHtml } from '../../escape-html.ts';

/** A plain table of plain texts; the first of each row names it. */
export function renderNumberTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [
    `<table><thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead><tbody>`,
    ...rows.map(
      ([name = '', ...numbers]) =>
        `<tr><th scope="row">${escapeHtml(name)}</th>${numbers.map((number) => `<td>${escapeHtml(number)}</td>`).join('')}</tr>`,
    ),
    '</tbody></table>',
  ].join('');
}
