import type { CodeHolder } from '../links/link-service.ts';
import { IN_USE } from './dry-run-memory.ts';

/** @returns undefined when the code can be had; `same` when the link is there already */
export function conflictWith(holder: CodeHolder, projectId: number, destination: string): string | undefined {
  if (holder.projectId !== projectId) return 'the code is in use on this domain';
  if (holder.isDeleted) {
    return holder.isCustom
      ? undefined
      : 'the code belonged to a link that has been deleted, and stays reserved';
  }
  return holder.destination === destination ? 'same' : IN_USE;
}
