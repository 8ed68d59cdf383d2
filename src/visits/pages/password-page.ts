import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import { buildPage, type Page } from './page.ts';
import { TEXTS } from './texts.ts';

export interface PasswordForm {
  /** What was entered before was wrong. It is never shown again. */
  readonly wrong: boolean;
  /** Of the link. */
  readonly shortUrl: string;
  /** Where the form goes, with the query that was visited; null for the URL it stands at. */
  readonly action: string | null;
  /** Where the visitor came from, an http or https URL; carried through the form. Empty when nobody said. */
  readonly from: string;
}

/** The form that a protected link shows instead of where it leads. */
export function renderPasswordPage(form: PasswordForm, language: Language): Page {
  const { wrong, shortUrl, action, from } = form;
  const texts = TEXTS[language];
  const html = renderDocument({
    language,
    tone: wrong ? 'red' : 'blue',
    scene: 'locked',
    heading: texts.passwordHeading,
    text: texts.passwordBody,
    below: [
      action === null ? '<form method="post">' : `<form method="post" action="${escapeHtml(action)}">`,
      // For password managers, which would else keep one password for all links of a host; it is not sent.
      `<input autocomplete="username" value="${escapeHtml(shortUrl.replace(/^https?:\/\//, ''))}" hidden>`,
      from === '' ? '' : `<input type="hidden" name="from" value="${escapeHtml(from)}">`,
      `<label for="password">${escapeHtml(texts.passwordLabel)}</label>`,
      wrong ? `<p id="wrong" role="alert">${escapeHtml(texts.passwordWrong)}</p>` : '',
      '<input id="password" name="password" type="password" autocomplete="current-password" maxlength="64" required autofocus',
      wrong ? ' aria-invalid="true" aria-describedby="wrong">' : '>',
      `<button class="go">${escapeHtml(texts.proceed)}</button></form>`,
    ].join(''),
  });
  return buildPage({
    status: wrong ? 403 : 200,
    language,
    html,
    // Browsers may keep the form for their Back button, and ask anew whenever the link is opened. With `no-store` (or
    // with `Vary: Cookie`) Back would ask too, be recognised by its cookie and led on: a trap, and a second click.
    cacheControl: 'private, no-cache',
  });
}
