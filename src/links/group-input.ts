import { Failure, type FieldProblem } from '../errors.ts';
import { type PreparedSettings, prepareSettings, type SettingsPatch } from './settings-change.ts';
import { textProblem } from './text.ts';

/** What a caller may say about a group, in the core's words; absent fields are left alone. */
export interface GroupInput {
  readonly name?: string | undefined;
  readonly memo?: string | undefined;
  readonly settings?: SettingsPatch | undefined;
}

/** Checked and hashed; only `prepareGroup` makes one. */
export interface PreparedGroup {
  readonly name?: string | undefined;
  readonly memo?: string | undefined;
  readonly settings: PreparedSettings;
}

export const LONGEST_GROUP_NAME = 100;
export const LONGEST_MEMO = 2_000;

/**
 * Checks and hashes what will be written; outside any transaction.
 *
 * @throws Failure `invalid`, naming every broken field below `path`
 */
export async function prepareGroup(
  { name, memo, settings: patch }: GroupInput,
  path = '',
): Promise<PreparedGroup> {
  const problems: FieldProblem[] = [];
  const check = (field: string, problem: string | undefined) => {
    if (problem !== undefined) problems.push({ field, message: problem });
  };
  if (name !== undefined) check('name', textProblem(name, { min: 1, max: LONGEST_GROUP_NAME }));
  if (memo !== undefined) check('memo', textProblem(memo, { max: LONGEST_MEMO }));
  const settings = await prepareSettings(patch ?? {}, 'group').catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    problems.push(...error.fields);
    return { entries: [] };
  });
  if (problems.length > 0) {
    throw Failure.invalid(problems.map(({ field, message }) => ({ field: path + field, message })));
  }
  return { name, memo, settings };
}
