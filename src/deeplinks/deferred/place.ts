import { nameOf, pairsOf, splitUrl } from '../../links/destination.ts';

/**
 * What advertisers and networks add to each click on one and the same link. It says who is to be paid for the click, and
 * nothing of where it leads: the same person gets another one with the next tap.
 */
const CLICK_ID_NAMES: ReadonlySet<string> = new Set([
  ...['gclid', 'gclsrc', 'gbraid', 'wbraid', 'dclid', 'gad_source', 'gad_campaignid', 'srsltid'],
  ...['fbclid', 'igshid', 'igsh', 'ttclid', 'twclid', 'msclkid', 'yclid', 'li_fat_id', 'sccid'],
  ...['epik', 'rdt_cid', 'qclid', 'tblci', 'dicbo', 'irclickid', 'cjevent', 'napm'],
]);

/**
 * Equal for clicks on one link that open the app with the same. Of several links, each is a place of its own, wherever
 * they lead.
 */
export function placeOf(linkId: number, deepLink: string): string {
  const { base, query, fragment } = splitUrl(deepLink);
  const kept = pairsOf(query).filter((pair) => !CLICK_ID_NAMES.has(nameOf(pair).toLowerCase()));
  return `${linkId} ${base}?${kept.join('&')}${fragment}`;
}
