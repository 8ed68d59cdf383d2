import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMessage } from 'node:util';

/** Why nothing could be written to a file. The system itself may name another, which stood in for it. */
export function writeProblem(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno, path: named } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && !existsSync(dirname(path))) return `there is no folder ${dirname(path)}`;
  if (errno === undefined || named === undefined) return error.message;
  return `${code}: ${getSystemErrorMessage(errno)}`;
}
