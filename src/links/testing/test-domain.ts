import type { Domain } from '../domain.ts';

/** The default domain of an installation, but for what is named. */
export function testDomain(changes: Partial<Domain> = {}): Domain {
  return {
    id: 1,
    publicId: `dom_${changes.id ?? 1}`,
    projectId: null,
    host: 'go.example',
    pathPrefix: '',
    isDefault: true,
    version: 1,
    createdAt: 0,
    updatedAt: 0,
    ...changes,
  };
}
