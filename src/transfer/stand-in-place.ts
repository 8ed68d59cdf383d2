import type { Domain } from '../links/domain.ts';
import type { PreparedNewLink } from '../links/link-input.ts';
import type { ImportScene } from './import-scene.ts';

/** A link as it is to be made, where it may have stood for the long links of its domain. */
export interface StandInPlace {
  readonly link: PreparedNewLink;
  /** It goes, because the imported one takes its place: nobody has decided anything about it. */
  readonly replaced: string | undefined;
  readonly note: string | undefined;
}

/**
 * A pause, a limit or a password of a link that stood for long links protects all of them. Two cannot stand for the same,
 * and one that came as an ordinary link would leave them open, so it takes the place of one that nobody has touched, with
 * its clicks, and is refused otherwise.
 *
 * @param taken domains for whose long links an earlier row of the batch stands
 * @returns a sentence that says why it cannot, if so
 */
export async function standInPlace(
  scene: ImportScene,
  link: PreparedNewLink,
  taken: Set<number>,
): Promise<StandInPlace | string> {
  const domain = (await scene.domains()).byId(link.input.domainId);
  if (!link.origin?.standsForLongLinks || !domain) return { link, replaced: undefined, note: undefined };
  if (taken.has(domain.id)) return 'an earlier row stands for the long links of its domain';
  const place = await placeOn(scene, domain, link);
  if (typeof place !== 'string') taken.add(domain.id);
  return place;
}

async function placeOn(
  { services, tx, projectId }: ImportScene,
  domain: Domain,
  link: PreparedNewLink,
): Promise<StandInPlace | string> {
  const owner = domain.projectId ?? (await services.projects.loadDefault()).id;
  if (owner !== projectId) return 'the long links of this domain are another project’s';
  const here = await services.domains.findStandIn(tx, domain.id);
  if (!here) return { link, replaced: undefined, note: undefined };
  const { publicId, code } = here;
  if (!here.isUntouched) {
    return `another link, ${code}, stands for the long links of this domain and is in use: give it the settings and the group of this one, or delete it and import this row again`;
  }
  const { clicks, visitors } = await services.links.load(projectId, publicId);
  const { origin = {} } = link;
  const added = (before: number | undefined, more: number) => (before ?? 0) + more;
  return {
    link: {
      ...link,
      origin: {
        ...origin,
        clicks: added(origin.clicks, clicks),
        visitors: added(origin.visitors, visitors),
        ...(origin.limitUsed === undefined ? {} : { limitUsed: origin.limitUsed + clicks }),
      },
    },
    replaced: publicId,
    note: `took the place of ${code}, which stood for the long links here and nobody had edited, with its ${clicks} clicks`,
  };
}
