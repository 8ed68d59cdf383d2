import { Failure, type FieldProblem } from '../errors.ts';
import { type AppRoutingInput, appRoutingProblems } from './app-routing.ts';
import { codeProblem, normalizeCode, type ReservedSegments } from './code.ts';
import { httpUrlProblem } from './destination.ts';
import { CAMPAIGN_FIELDS, type Campaign, type LinkSource, type Social } from './link.ts';
import { appDetailsProblems, type LinkAppInput, PLATFORMS, type Platform } from './link-app.ts';
import { type PreparedSettings, prepareSettings, type SettingsPatch } from './settings-change.ts';
import { textProblem } from './text.ts';

/** What a caller may say about a link, in the core's words; absent fields are left alone. */
export interface LinkInput {
  readonly destination?: string | undefined;
  readonly groupId?: string | null | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly imageUrl?: string | null | undefined;
  readonly memo?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly settings?: SettingsPatch | undefined;
  readonly campaign?: { readonly [K in keyof Campaign]?: string | null | undefined } | undefined;
  /** Replaced as a whole. */
  readonly social?: { readonly [K in keyof Social]?: string | null | undefined } | null | undefined;
  readonly apps?: { readonly [P in Platform]?: LinkAppInput | undefined } | undefined;
  /** Replaced as a whole. */
  readonly appRouting?: AppRoutingInput | null | undefined;
  readonly desktopUrl?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly externalId?: string | null | undefined;
  readonly deleteAt?: number | null | undefined;
}

export interface NewLinkInput extends LinkInput {
  readonly destination: string;
  readonly domainId: number;
  /** Chosen by hand; absent: a random one. */
  readonly code?: string | undefined;
}

/** Checked and hashed; only `prepareLink` and `prepareNewLink` make one. */
export interface PreparedLink {
  readonly input: LinkInput;
  readonly settings: PreparedSettings;
}

export interface PreparedNewLink {
  readonly input: NewLinkInput;
  readonly settings: PreparedSettings;
  /** What a link that comes from elsewhere brings along; absent for one that is new. */
  readonly origin?: LinkOrigin;
}

/** What a link was before it was made here. */
export interface LinkOrigin {
  /** Kept, so that whoever has written it down still finds the link; must be free. */
  readonly publicId?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly source?: LinkSource | undefined;
  /** False: the code was a generated one, whoever names it now. */
  readonly hasCustomCode?: boolean | undefined;
  /** It stood for the long links of its domain, and does so again where that has none for them yet. */
  readonly standsForLongLinks?: boolean | undefined;
  /** Opening balance: clicks and visitors that were counted elsewhere. */
  readonly clicks?: number | undefined;
  readonly visitors?: number | undefined;
  /** Of these, what was foreign there: shown or not as `excludeForeign` says here. */
  readonly foreignClicks?: number | undefined;
  readonly foreignVisitors?: number | undefined;
  /** What of its click limit was used up elsewhere; `clicks` when absent. */
  readonly limitUsed?: number | undefined;
}

const MAX_TAGS = 20;
const MAX_METADATA = 50;

/** @throws Failure `invalid`, naming every broken field below `path` */
export async function prepareNewLink(
  input: NewLinkInput,
  reserved: ReservedSegments,
  path = '',
): Promise<PreparedNewLink> {
  const code = input.code === undefined ? undefined : normalizeCode(input.code);
  const problems = linkProblems(input);
  const wrongCode = code === undefined ? undefined : codeProblem(code, reserved);
  if (wrongCode) problems.push({ field: 'code', message: wrongCode });
  const settings = await preparedSettings(input.settings, problems, path);
  return { input: { ...input, code }, settings };
}

/** @throws Failure `invalid` */
export async function prepareLink(input: LinkInput): Promise<PreparedLink> {
  return { input, settings: await preparedSettings(input.settings, linkProblems(input), '') };
}

async function preparedSettings(
  patch: SettingsPatch | undefined,
  problems: FieldProblem[],
  path: string,
): Promise<PreparedSettings> {
  const settings = await prepareSettings(patch ?? {}, 'link').catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    problems.push(...error.fields);
    return { entries: [] };
  });
  if (problems.length > 0) {
    throw Failure.invalid(problems.map(({ field, message }) => ({ field: path + field, message })));
  }
  return settings;
}

/** What is wrong with values, field by field; settings are looked at when they are prepared. */
export function linkProblems(input: LinkInput): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const check = (field: string, problem: string | undefined) => {
    if (problem !== undefined) problems.push({ field, message: problem });
  };
  if (input.destination !== undefined) check('destination', httpUrlProblem(input.destination));
  if (input.title !== undefined) check('title', textProblem(input.title, { max: 255 }));
  if (input.description !== undefined) check('description', textProblem(input.description, { max: 1_000 }));
  if (input.imageUrl != null) check('imageUrl', httpUrlProblem(input.imageUrl));
  if (input.memo !== undefined) check('memo', textProblem(input.memo, { max: 2_000 }));
  if (input.externalId != null) check('externalId', textProblem(input.externalId, { min: 1, max: 255 }));
  const { tags = [] } = input;
  if (tags.length > MAX_TAGS) check('tags', `must be at most ${MAX_TAGS}`);
  else {
    for (const [index, tag] of tags.entries()) check(`tags.${index}`, textProblem(tag, { min: 1, max: 50 }));
  }
  for (const field of CAMPAIGN_FIELDS) {
    const value = input.campaign?.[field];
    if (value != null) check(`campaign.${field}`, textProblem(value, { min: 1, max: 255 }));
  }
  const { title, description, imageUrl } = input.social ?? {};
  if (title != null) check('social.title', textProblem(title, { max: 255 }));
  if (description != null) check('social.description', textProblem(description, { max: 1_000 }));
  if (imageUrl != null) check('social.imageUrl', httpUrlProblem(imageUrl));
  if (input.desktopUrl != null) check('desktopUrl', httpUrlProblem(input.desktopUrl));
  for (const platform of PLATFORMS) {
    const app = input.apps?.[platform];
    if (app && 'identifier' in app) problems.push(...appDetailsProblems(platform, app, `apps.${platform}.`));
  }
  problems.push(...appRoutingProblems(input.appRouting ?? {}, 'appRouting.'));
  const metadata = Object.entries(input.metadata ?? {});
  if (metadata.length > MAX_METADATA) check('metadata', `must have at most ${MAX_METADATA} entries`);
  // A list that is too long is not gone through: naming thousands of entries helps nobody.
  for (const [name, value] of metadata.length > MAX_METADATA ? [] : metadata) {
    check(
      `metadata.${name.slice(0, 40)}`,
      textProblem(name, { min: 1, max: 40 }) ?? textProblem(value, { max: 500 }),
    );
  }
  return problems;
}
