import { BackupProblem } from '../backup/backup-problem.ts';
import { OperatorError } from './operator-error.ts';
import { printable } from './printable.ts';

/**
 * A wrong file, a full disk, a folder of somebody else, a database that went away: in a sentence. A defect of ours stays
 * what it is.
 *
 * @param failed `The backup could not be made`
 * @param outcome how things stand, or what to do: `Nothing was restored.`
 */
export function backupFailure(error: unknown, failed: string, outcome: string): unknown {
  if (error instanceof BackupProblem) return new OperatorError(`${printable(error.message)} ${outcome}`);
  const said = saidBySystem(error);
  return said === undefined ? error : new OperatorError(`${failed}: ${said}. ${outcome}`);
}

/** Systems and databases give codes; those of Node itself are about how it was called. */
function saidBySystem(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  return error.code.startsWith('ERR_') ? undefined : printable(error.message || error.code);
}
