import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from '../../visits/pages/document.ts';
import { buildPage, type Page } from '../../visits/pages/page.ts';
import { TEXTS } from '../../visits/pages/texts.ts';
import { STATISTICS_TEXTS } from './texts.ts';

export interface EntryForm {
  readonly status: 200 | 403;
  /** What was entered before was wrong. It is never shown again. */
  readonly wrong: boolean;
  /** What password managers keep the password under. */
  readonly name: string;
  /** Where the form goes: path and query of the page. */
  readonly action: string;
}

/** The form before the statistics: the look, the words and the limits of the one before a link. */
export function renderEntryPage({ status, wrong, name, action }: EntryForm, language: Language): Page {
  const { passwordLabel, passwordWrong, proceed } = TEXTS[language];
  const { entryHeading, entryBody } = STATISTICS_TEXTS[language];
  const html = renderDocument({
    language,
    tone: wrong ? 'red' : 'blue',
    scene: 'locked',
    heading: entryHeading,
    text: entryBody,
    below: [
      `<form method="post" action="${escapeHtml(action)}">`,
      `<input autocomplete="username" value="${escapeHtml(name)}" hidden>`,
      `<label for="password">${escapeHtml(passwordLabel)}</label>`,
      wrong ? `<p id="wrong" role="alert">${escapeHtml(passwordWrong)}</p>` : '',
      '<input id="password" name="password" type="password" autocomplete="current-password" maxlength="64" required autofocus',
      wrong ? ' aria-invalid="true" aria-describedby="wrong">' : '>',
      `<button class="go">${escapeHtml(proceed)}</button></form>`,
    ].join(''),
  });
  return buildPage({ status, language, html });
}
