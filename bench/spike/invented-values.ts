import { OTHER_VALUE } from '../../src/clicks/blocks/fact.ts';
import type { ClickSource } from './candidate.ts';

/** Above all codes that the generator gives. */
const FIRST_CODE = 1_000_000;

/**
 * The same clicks, sent by somebody who invents a campaign for each of them.
 *
 * @param known so many of them become values of their own, the others are "other": as the product's dictionary does
 */
export function withInventedCampaigns(source: ClickSource, known: number): ClickSource {
  return {
    clicks: source.clicks,
    links: source.links,
    facts: (from, to) => {
      const { at, facts } = source.facts(from, to);
      const utmCampaign = facts.utmCampaign.map((_, row) => {
        const invented = source.clicks - from - row;
        return invented <= known ? FIRST_CODE + invented : OTHER_VALUE;
      });
      return { at, facts: { ...facts, utmCampaign } };
    },
  };
}
