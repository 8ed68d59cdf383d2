import { Failure } from '../../errors.ts';

/**
 * A place between two clicks, in the order in which they were counted. Raw clicks and live ones share it: whoever has
 * lost the live stream for a day can go on with the raw clicks.
 */
export function clickCursor(row: number): string {
  return Buffer.from(`click:${row}`).toString('base64url');
}

/**
 * The row after which to go on; undefined when there is no cursor.
 *
 * @throws Failure `invalid` naming `field`
 */
export function rowBeforeCursor(cursor: string | undefined, field: string): number | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const match = /^click:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw Failure.invalidField(field, 'is not a cursor of clicks');
  return Number(match[1]);
}
