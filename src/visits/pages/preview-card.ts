import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import { buildPage, type Page } from './page.ts';
import { describeShare, drawImage, type SharedText } from './share-tags.ts';
import { TEXTS } from './texts.ts';

/** What a preview fetcher gets of a link that is not protected. */
export function renderPreviewCard(card: SharedText, language: Language): Page {
  const { title, description, imageUrl, tags } = describeShare(card);
  const html = renderDocument({
    language,
    tone: 'green',
    scene: 'branching',
    heading: title,
    text: description || undefined,
    head: tags,
    above: drawImage(imageUrl),
    below: `<p><small>${escapeHtml(TEXTS[language].previewNote)}</small></p>`,
  });
  return buildPage({ status: 200, language, html, imageSource: 'https:' });
}
