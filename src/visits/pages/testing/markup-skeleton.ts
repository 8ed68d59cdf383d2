import fc from 'fast-check';

/** The names of all tags and attributes of a page: what no text in it may ever change. */
export function markupSkeleton(html: string): string[] {
  const body = html.replace(/^<!doctype html>/, '').replace(/<style>.*?<\/style>/s, '');
  return [...body.matchAll(/<(\/?[a-z][^\s>]*)((?:\s+[^\s=">/]+(?:="[^"]*")?)*)\s*\/?>|<|>/g)].map((tag) =>
    [
      tag[1] ?? 'STRAY',
      ...[...(tag[2] ?? '').matchAll(/([^\s=">]+)(?:="[^"]*")?/g)].map(([, name]) => name),
    ].join(' '),
  );
}

const grain = fc.constantFrom(
  '<',
  '>',
  '"',
  "'",
  '&',
  '<script>',
  '</title>',
  '" onload="',
  '-->',
  '\0',
  '\ud83d',
  ' ',
);

/** Texts that would break out of a page if they could. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: grain, maxLength: 3000 }),
);
