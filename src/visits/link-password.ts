import { createHash } from 'node:crypto';
import { effective } from '../links/overlay.ts';
import type { PasswordInForce } from './decision.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

/** The password a visitor has to know, and whose it is: the group's if the group speaks, else the link's own. */
export function passwordInForce(
  link: Pick<VisitedLink, 'id' | 'settings'>,
  group: VisitedGroup | undefined,
): PasswordInForce | undefined {
  const hash = effective('password', link.settings, group?.settings);
  if (hash === false) return undefined;
  const owner =
    group?.settings.password !== undefined
      ? ({ kind: 'group', id: group.id } as const)
      : ({ kind: 'link', id: link.id } as const);
  return { owner, hash };
}

/** Changes with every new password, also when the new one reads the same; safe to hand to a browser. */
export function passwordVersion(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
}
