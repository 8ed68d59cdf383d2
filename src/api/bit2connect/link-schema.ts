import { z } from 'zod';
import { blank, flag, object, oneOf, text } from './request-input.ts';
import {
  appNameRule,
  appStoreIdRule,
  bundleIdRule,
  destinationRule,
  instantOf,
  instantRule,
  linkRule,
  minVersionRule,
  packageRule,
  urlRule,
  type ValueRule,
} from './value-rules.ts';

const CODE = /^[A-Za-z0-9_-]{3,50}$/;

export const codeFormRule: ValueRule = (code) =>
  CODE.test(code) ? undefined : 'must have 3 to 50 characters: letters, digits, "-" and "_"';

const url = blank(text(urlRule));
const minVersion = blank(text(minVersionRule));
const appStoreId = blank(text(appStoreIdRule));
const savable = { saveApp: blank(flag), appName: blank(text(appNameRule)) };

/** Whoever wants an app kept gives it a name; said even where something else is broken. */
function named<T extends z.ZodType<{ saveApp?: boolean | undefined; appName?: string | undefined }>>(app: T) {
  return app.refine(({ saveApp, appName }) => saveApp !== true || appName !== undefined, {
    path: ['appName'],
    error: 'is required when saveApp is true',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
}

const ios = named(
  object({
    bundleId: text(bundleIdRule),
    app_store_fallback: url,
    app_store_id: appStoreId,
    // How it is spelled is not documented; these are the likely other ways.
    appStoreId,
    appstore_id: appStoreId,
    min_version: minVersion,
    ...savable,
  }),
);

const android = named(
  object({ package: text(packageRule), store_fallback: url, min_version: minVersion, ...savable }),
);

const social = object({
  title: blank(text(linkRule((title) => ({ social: { title } })))),
  description: blank(text(linkRule((description) => ({ social: { description } })))),
  image: url,
});

const utm = blank(text(linkRule((source) => ({ campaign: { source } }))));
const campaign = object({
  utm_source: utm,
  utm_medium: utm,
  utm_campaign: utm,
  utm_term: utm,
  utm_content: utm,
});

/** A section that is absent is left alone, one that is there replaces what was, `null` removes it. */
const payload = object({
  // Nothing, `null` and an empty text are all no link.
  link: z.preprocess((value) => (value === null || value === '' ? undefined : value), text(destinationRule)),
  iosAppId: text().nullable().optional(),
  androidAppId: text().nullable().optional(),
  ios: ios.nullable().optional(),
  android: android.nullable().optional(),
  social: social.nullable().optional(),
  campaign: campaign.nullable().optional(),
  desktop_fallback: text(urlRule).nullable().optional(),
});

const titleRule = linkRule((title) => ({ title }));

const written = {
  name: text((name) => (name === '' ? 'must have 1 to 255 characters' : titleRule(name)))
    .nullable()
    .optional(),
  // Without a payload it is the link in it that is missing.
  payload: z.preprocess((value) => value ?? {}, payload),
  expiresAt: text(instantRule).transform(instantOf).nullable().optional(),
};

export const newLink = object({ code: text(codeFormRule).nullable().optional(), ...written });

/** A `code` in it is ignored: it never changes. */
export const linkUpdate = object(written);

export const statusChange = object({ status: oneOf('ACTIVE', 'PAUSED') });

export type WrittenLink = z.output<typeof linkUpdate>;
export type Payload = WrittenLink['payload'];
