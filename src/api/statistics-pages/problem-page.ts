import type { Language } from '../../languages.ts';
import { renderDocument } from '../../visits/pages/document.ts';
import { escapeHtml } from '../../visits/pages/escape-html.ts';
import { buildPage, type Page } from '../../visits/pages/page.ts';
import { STATISTICS_TEXTS } from './texts.ts';
import type { PeriodProblem } from './viewed-period.ts';

/** Says why a period cannot be shown, and leads back. Nothing of what was asked for is echoed. */
export function renderProblemPage(problem: PeriodProblem, path: string, language: Language): Page {
  const { problemHeading, problems, back } = STATISTICS_TEXTS[language];
  const html = renderDocument({
    language,
    tone: 'amber',
    scene: 'dissolving',
    heading: problemHeading,
    text: problems[problem],
    below: `<a href="${escapeHtml(path)}">${escapeHtml(back)}</a>`,
  });
  return buildPage({ status: 422, language, html });
}
