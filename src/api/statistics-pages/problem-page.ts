import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from '../../visits/pages/document.ts';
import { buildPage, type Page } from '../../visits/pages/page.ts';
import { type FormProblem, STATISTICS_TEXTS } from './texts.ts';
import type { PeriodProblem } from './viewed-period.ts';

/** Says why a period cannot be shown, and leads back. Nothing of what was asked for is echoed. */
export function renderProblemPage(problem: PeriodProblem, path: string, language: Language): Page {
  const { problemHeading, problems } = STATISTICS_TEXTS[language];
  return problemPage(422, problemHeading, problems[problem], path, language);
}

const FORM_STATUS = { notAForm: 415, tooLarge: 413 } as const satisfies Record<FormProblem, number>;

/** Says why what was posted is no password, and leads back to where one is asked for. */
export function renderFormProblemPage(problem: FormProblem, path: string, language: Language): Page {
  const { formHeading, formProblems } = STATISTICS_TEXTS[language];
  return problemPage(FORM_STATUS[problem], formHeading, formProblems[problem], path, language);
}

function problemPage(status: number, heading: string, text: string, path: string, language: Language): Page {
  const html = renderDocument({
    language,
    tone: 'amber',
    scene: 'dissolving',
    heading,
    text,
    below: `<a href="${escapeHtml(path)}">${escapeHtml(STATISTICS_TEXTS[language].back)}</a>`,
  });
  return buildPage({ status, language, html });
}
