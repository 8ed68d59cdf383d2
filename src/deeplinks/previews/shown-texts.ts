import type { PageTexts } from './page-texts.ts';

/** Whether there is anything left that only the page can say. */
export function lacksTexts({ title, description, imageUrl }: PageTexts): boolean {
  return title === '' || description === '' || imageUrl === null;
}

/** What a link shows of itself: its own texts, and that of its page for each that is missing. */
export function shownTexts(own: PageTexts, page: PageTexts | null): PageTexts {
  if (page === null) return own;
  return {
    title: own.title || page.title,
    description: own.description || page.description,
    imageUrl: own.imageUrl ?? page.imageUrl,
  };
}
