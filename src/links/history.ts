import type { Link } from './link.ts';
import { SETTING_RULES, type Settings } from './setting.ts';

type Row = Readonly<Record<string, unknown>>;

/** Bookkeeping that is in the change's own columns, or that nobody edited. */
const NOT_HISTORY = new Set([
  'id',
  'publicId',
  'projectId',
  'version',
  'createdAt',
  'updatedAt',
  'linkCount',
]);

/**
 * What an edit changed, for the change log: `{ field: { from, to } }`, settings one by one. Of a secret it keeps
 * only whether there was one.
 */
export function changesBetween(
  before: object,
  after: object,
): Record<string, { from: unknown; to: unknown }> {
  const from = flattened(before as Row);
  const to = flattened(after as Row);
  const changes: Record<string, { from: unknown; to: unknown }> = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (JSON.stringify(from[name]) === JSON.stringify(to[name])) continue;
    changes[name] = { from: shown(name, from[name]), to: shown(name, to[name]) };
  }
  return changes;
}

function flattened(row: Row): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (NOT_HISTORY.has(name)) continue;
    if (name === 'group') flat.groupPublicId = (value as Link['group'])?.publicId ?? null;
    else if (name !== 'settings') flat[name] = value;
    else for (const [setting, own] of Object.entries(value as Settings)) flat[`settings.${setting}`] = own;
  }
  return flat;
}

function shown(name: string, value: unknown): unknown {
  const setting = name.startsWith('settings.') ? name.slice('settings.'.length) : '';
  const secret = Object.hasOwn(SETTING_RULES, setting) && SETTING_RULES[setting as keyof Settings].secret;
  if (secret && typeof value === 'string') return '(set)';
  return value ?? null;
}
