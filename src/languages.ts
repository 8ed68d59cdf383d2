/** The languages the product speaks to visitors and in mail; the first one is what everybody else reads. */
export const LANGUAGES = ['en', 'ko', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];
