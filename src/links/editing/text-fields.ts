import { withoutNulls, withoutUndefined } from '../../set-members.ts';

/** Without the fields that say "none": what is stored names only what there is. */
export function storedFields(fields: object): Record<string, string> {
  return withoutNulls(fields) as Record<string, string>;
}

/** `changes` over `before`: what is absent stays, what is null goes. */
export function mergedFields(before: object, changes: object): Record<string, string> {
  return storedFields({ ...before, ...withoutUndefined(changes) });
}
