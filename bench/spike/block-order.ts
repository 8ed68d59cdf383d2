import type { LinkPopulation } from '../clicks/link-population.ts';
import type { Scope } from './question.ts';

/** By what the rows of a run are ordered, before their time: as a number that stands in the place of the link. */
export interface BlockOrder {
  readonly name: string;
  keyOf(link: number, group: number): number;
  linkOf(key: number): number;
  /** Where all rows of a scope are, the last not included; undefined: anywhere. */
  rangeOf(scope: Scope): readonly [from: number, to: number] | undefined;
}

export const BY_LINK: BlockOrder = {
  name: 'by link',
  keyOf: (link) => link,
  linkOf: (key) => key,
  rangeOf: ({ of, id }) => (of === 'link' ? [id, id + 1] : undefined),
};

const LINKS = 2 ** 17;

/** Whoever asks for a link has to know the groups it has been in: here one, and of a table as large as links in earnest. */
export function byGroup(links: LinkPopulation): BlockOrder {
  const keyOf = (link: number, group: number) => group * LINKS + link;
  return {
    name: 'by group and link',
    keyOf,
    linkOf: (key) => key % LINKS,
    rangeOf: ({ of, id }) => {
      if (of === 'project') return undefined;
      if (of === 'group') return [id * LINKS, (id + 1) * LINKS];
      const key = keyOf(id, links.groupOf(id));
      return [key, key + 1];
    },
  };
}
