import type { FieldProblem } from '../errors.ts';
import { textProblem } from './text.ts';

/** What an app store is told of where a visitor came from, beside the campaign. */
export const STORE_PARAMETERS = ['gclid', 'at', 'ct', 'mt', 'pt'] as const;
export type StoreParameter = (typeof STORE_PARAMETERS)[number];

const APP_ROUTING_FLAGS = ['forceRedirect', 'desktopUrlWithoutStore'] as const;

/**
 * How a link leads to its apps, beyond the apps themselves. `gclid` (Google Ads) goes to Google Play; `at` (affiliate
 * token), `ct` (campaign), `mt` (media type) and `pt` (provider token) go to the App Store.
 */
export type AppRouting = { readonly [K in StoreParameter]?: string } & {
  /** No page of ours in between, whatever the visitor's browser. */
  readonly forceRedirect?: true;
  /** Phones that no store has an app of the link for go where desktops go. */
  readonly desktopUrlWithoutStore?: true;
};

/** As callers say it: `null` and `false` take away; replaced as a whole. */
export type AppRoutingInput = { readonly [K in StoreParameter]?: string | null | undefined } & {
  readonly forceRedirect?: boolean | null | undefined;
  readonly desktopUrlWithoutStore?: boolean | null | undefined;
};

export function appRoutingProblems(input: AppRoutingInput, path: string): FieldProblem[] {
  return STORE_PARAMETERS.flatMap((name) => {
    const value = input[name];
    const message = value == null ? undefined : textProblem(value, { min: 1, max: 255 });
    return message === undefined ? [] : [{ field: path + name, message }];
  });
}

export function appRoutingOf(input: AppRoutingInput): AppRouting {
  const given = STORE_PARAMETERS.flatMap((name) => (input[name] == null ? [] : [[name, input[name]]]));
  const flags = APP_ROUTING_FLAGS.flatMap((name) => (input[name] ? [[name, true]] : []));
  return Object.fromEntries([...given, ...flags]);
}

/** Where phones go that no store has an app of the link for; null where that is nowhere of their own. */
export function destinationWithoutStore({
  appRouting,
  desktopDestination,
}: {
  readonly appRouting: AppRouting;
  readonly desktopDestination: string | null;
}): string | null {
  return appRouting.desktopUrlWithoutStore ? desktopDestination : null;
}
