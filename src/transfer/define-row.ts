import { Failure } from '../errors.ts';
import type { LogoOwner } from '../qr/qr-logo-service.ts';
import {
  CREATED,
  exists,
  type ImportEntry,
  type LinkEntry,
  type ReservedCodeEntry,
  type RowOutcome,
  refused,
} from './import-entry.ts';
import type { ImportScene } from './import-scene.ts';

type Definition = Exclude<ImportEntry, LinkEntry | ReservedCodeEntry>;
type Of<K extends Definition['kind']> = Extract<Definition, { kind: K }>;

/** Makes what links stand on: domains, groups, apps, the project, logos. What is there already stays as it is. */
export async function defineRow(scene: ImportScene, entry: Definition): Promise<RowOutcome> {
  try {
    switch (entry.kind) {
      case 'refused':
        return refused(entry.reason);
      case 'domain':
        return await defineDomain(scene, entry);
      case 'group':
        return await defineGroup(scene, entry.group);
      case 'app':
        return await defineApp(scene, entry);
      case 'project':
        return await defineProject(scene, entry);
      case 'qr-logo':
        return await defineLogo(scene, entry);
    }
  } catch (error) {
    if (error instanceof Failure) return refused(error.message);
    throw error;
  }
}

async function defineDomain(scene: ImportScene, entry: Of<'domain'>): Promise<RowOutcome> {
  const { tx, projectId } = scene;
  const { domains, reserved } = scene.services;
  const { host, pathPrefix, createdAt } = entry;
  const known = (await scene.domains()).find(host, pathPrefix);
  if (known && (known.projectId === null || known.projectId === projectId)) return exists(null);
  if (entry.isDefault) {
    const here = (await scene.domains()).default.host;
    return exists(`its links come to the default domain of this installation, ${here}`);
  }
  await domains.create(tx, { projectId, host, pathPrefix, createdAt }, reserved);
  scene.forgetDomains();
  return CREATED;
}

async function defineGroup(scene: ImportScene, group: Of<'group'>['group']): Promise<RowOutcome> {
  const notes: string[] = [];
  let publicId: string | undefined;
  if (group.publicId !== undefined) {
    const place = await scene.placeOfGroup(group.publicId);
    if (place?.isThere) return exists('there is a group with this id; it was left as it is');
    publicId = place?.id;
    if (publicId !== group.publicId) notes.push('has a new id, because its own is in use');
  }
  const withoutWebhooks = await createGroup(scene, { ...group, publicId });
  if (withoutWebhooks !== undefined) notes.push(withoutWebhooks);
  return { ...CREATED, reason: notes.length === 0 ? null : notes.join('; ') };
}

/**
 * What a group sends out must not cost its links what protects them, so it comes without, where it cannot have it
 * here. @returns a note, if so
 */
async function createGroup(
  { services: { groups }, tx, projectId }: ImportScene,
  group: Of<'group'>['group'],
): Promise<string | undefined> {
  try {
    await groups.create(tx, projectId, group);
    return undefined;
  } catch (error) {
    // It is thrown before anything is written.
    const isOfWebhooks =
      error instanceof Failure &&
      error.fields.length > 0 &&
      error.fields.every(({ field }) => field.startsWith('settings.webhook'));
    if (!isOfWebhooks) throw error;
    const entries = group.settings.entries.filter(([name]) => !name.startsWith('webhook'));
    await groups.create(tx, projectId, { ...group, settings: { entries } });
    return `its webhook was left out: ${error.message}`;
  }
}

async function defineApp(
  { services: { apps }, tx, projectId }: ImportScene,
  { input, origin }: Of<'app'>,
): Promise<RowOutcome> {
  const owner =
    origin.publicId === undefined ? 'nobody' : await apps.ownerOfId(tx, projectId, origin.publicId);
  if (owner === 'project') return exists('there is an app with this id; it was left as it is');
  if (owner === 'other')
    return refused('its id belongs to an app that has been deleted, or is another project’s');
  await apps.create(tx, projectId, input, origin);
  return CREATED;
}

/** The version of a project that nobody has edited. */
const UNTOUCHED = 1;

/** Only where nobody has decided anything yet: an import must not overrule what people have set here. */
async function defineProject(
  { services: { projects, endpoints }, tx, projectId }: ImportScene,
  { input, endpoint }: Of<'project'>,
): Promise<RowOutcome> {
  const before: object = await projects.load(projectId);
  const isSame = Object.entries(input).every(
    ([name, value]) => JSON.stringify(before[name as keyof typeof before]) === JSON.stringify(value),
  );
  if (isSame) {
    const isNew = endpoint !== undefined && (await endpoints.bring(tx, projectId, null, endpoint));
    return isNew ? CREATED : exists(null);
  }
  try {
    await projects.update(tx, projectId, input, UNTOUCHED, endpoint);
    return CREATED;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'stale') throw error;
    return exists('the settings of the project have been changed here and were left as they are');
  }
}

async function defineLogo(scene: ImportScene, { groupId, logo }: Of<'qr-logo'>): Promise<RowOutcome> {
  const { qrLogos } = scene.services;
  const owner = groupId === undefined ? await projectOf(scene) : await groupOf(scene, groupId);
  if (!owner) return refused(`there is no group ${groupId}, so nothing carries this logo`);
  if (await qrLogos.isThere(scene.tx, owner))
    return exists(`the ${owner.entity} has a logo already; it was left as it is`);
  await qrLogos.put(scene.tx, owner, logo);
  return CREATED;
}

async function projectOf({ tx, projectId }: ImportScene): Promise<LogoOwner> {
  const { public_id, version } = await tx.db
    .selectFrom('project')
    .select(['public_id', 'version'])
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  return { entity: 'project', id: projectId, publicId: public_id, projectId, version };
}

async function groupOf(scene: ImportScene, publicId: string): Promise<LogoOwner | undefined> {
  const { tx, projectId } = scene;
  const place = await scene.placeOfGroup(publicId);
  if (!place?.isThere) return undefined;
  const { id, version } = await scene.services.groups.require(tx, projectId, place.id, 'groupId');
  return { entity: 'group', id, publicId: place.id, projectId, version };
}
