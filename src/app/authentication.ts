import { timingSafeEqual } from 'node:crypto';
import { hashApiKey } from '../accounts/api-key.ts';
import type { KeyService } from '../accounts/key-service.ts';
import type { ApiContext } from '../api/api-context.ts';

export interface AuthenticationParts {
  readonly keys: KeyService;
  /** Opens everything of the default project, to the command line on this machine. */
  readonly controlToken: string;
  readonly metricsToken: string | undefined;
  /** Of the default project. */
  readonly projectId: number;
}

/** Who may call: whoever has a key, and whoever has one of the tokens of this machine. */
export function authentication({
  keys,
  controlToken,
  metricsToken,
  projectId: ownProjectId,
}: AuthenticationParts): Pick<ApiContext, 'authenticate' | 'isControlToken' | 'isMetricsToken'> {
  return {
    async authenticate(key) {
      if (key !== undefined && sameSecret(key, controlToken)) {
        return { projectId: ownProjectId, scopes: ['*'], apps: null, expiresAt: null, actor: 'cli' };
      }
      const found = await keys.authenticate(key, Date.now());
      const { projectId, scopes, apps, expiresAt, publicId } = found;
      return { projectId, scopes, apps, expiresAt, actor: `key:${publicId}` };
    },
    isControlToken: (token) => sameSecret(token, controlToken),
    isMetricsToken: (token) => metricsToken !== undefined && sameSecret(token, metricsToken),
  };
}

function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashApiKey(given)), Buffer.from(hashApiKey(expected)));
}
