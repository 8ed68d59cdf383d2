import { z } from 'zod';
import { IN_APP_BROWSERS } from '../../deeplinks/device.ts';
import { LANGUAGES } from '../../languages.ts';
import { SETTING_NAMES } from '../../links/setting.ts';
import type { Outcome } from '../../visits/decision.ts';
import { DESCRIBED_DEVICES, DESCRIBED_VISITORS } from '../../visits/described-visit.ts';
import { TRACE_TEXTS } from '../../visits/pages/trace-texts.ts';
import type { TracedRule } from '../../visits/trace.ts';
import { APP_STEP_VERDICTS, APP_STEPS, type AppStep } from '../../visits/trace-app-steps.ts';
import type { Reason } from '../../visits/trace-reason.ts';
import { explainedApps } from './app-explanation.ts';
import { previewSourced } from './preview-sources.ts';
import { instant, iso, publicId, soughtText } from './schema.ts';
import { settingToApi } from './setting-schema.ts';

/** Of visible characters and, between them, spaces: all that HTTP carries (RFC 9110, section 5.5). */
const headerText = z
  .string()
  .regex(
    /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/,
    'must be text that a header can carry',
  );

const described = z
  .strictObject({
    visitor: z
      .enum(DESCRIBED_VISITORS)
      .optional()
      .meta({ description: 'A person; a program such as curl; who fetches previews; another robot' }),
    device: z.enum(DESCRIBED_DEVICES).optional().meta({
      description: '`ipadDesktop` is an iPad that says it is a Mac, as they do; `windows` when absent',
    }),
    inApp: z
      .enum(IN_APP_BROWSERS)
      .optional()
      .meta({ description: 'The browser inside this app; `other` is any WebView' }),
    userAgent: headerText
      .max(1_000)
      .optional()
      .meta({ description: 'Word for word, instead of visitor, device and inApp' }),
    appInstalled: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the app of the link is on the device' }),
    country: z
      .string()
      .regex(/^[A-Za-z]{2}$/, 'must be two letters, such as KR')
      .optional()
      .meta({ description: 'ISO 3166-1; decides only what statistics leave out' }),
    language: headerText
      .max(200)
      .optional()
      .meta({ description: 'As in `Accept-Language`; decides the language of pages', example: 'ko-KR,ko' }),
    qr: z.boolean().optional().meta({ description: 'Has scanned the QR code: `qr=1` is in the query' }),
    passwordGiven: z.boolean().optional().meta({
      description:
        'Has entered the right password: on an earlier visit, whose cookie comes along, or with `method: POST` on this one. The password itself is never asked for here',
    }),
    query: z
      .string()
      .max(8_000)
      .regex(/^[^\0-\x20#]*$/, 'must be a query as in a URL, without spaces and #')
      .regex(/^(?!\?)/, 'must begin after the ? of the URL; leave the ? out')
      .optional()
      .meta({
        description:
          'What stands after `?` in the visited URL; if `url` has a query, at its end. `d=1` asks for the flow page',
        example: 'utm_source=mail',
      }),
    method: z.enum(['GET', 'HEAD', 'POST']).optional().meta({
      description: '`POST` is the visit that enters the password, with `passwordGiven`; `GET` when absent',
    }),
    prefetch: z.boolean().optional().meta({ description: 'A browser that fetches ahead of a click' }),
    embedded: z.boolean().optional().meta({ description: 'A picture or a frame in a page' }),
    slotsTaken: z.int().min(0).max(1_000_000_000).optional().meta({
      description: 'Of a link with `maxClicks`: how many are taken; as many as there are now when absent',
    }),
  })
  .meta({ id: 'DescribedVisitor' });

export const simulation = z
  .strictObject({
    linkId: publicId.optional(),
    url: z
      .string()
      .max(8_000)
      .optional()
      .meta({ description: 'A short URL, with its query if it has one; or a Firebase long link' }),
    code: soughtText(200),
    domain: z.string().max(300).optional().meta({ description: 'Of `code`; the default one when absent' }),
    at: instant
      .optional()
      .meta({ description: 'When the visit comes, in the past or the future; now when absent' }),
    visitor: described.optional(),
  })
  .meta({
    id: 'Simulation',
    description:
      'One of `linkId`, `url` and `code` names the link; the visitor is a person at a computer if not said otherwise',
  });

const tracedSetting = z.object({
  name: z.enum(SETTING_NAMES),
  value: z.unknown().meta({ description: 'In force; false is off. Of secrets only that they are set' }),
  source: z.enum(['group', 'link', 'default']),
});

const tracedRule = z
  .object({
    rule: z.string().meta({ description: 'Its name; stable', example: 'starts' }),
    verdict: z.enum(['passed', 'decides']),
    why: z.string(),
    reason: z.string().meta({ description: 'The same as a stable word', example: 'notStarted' }),
    settings: z.array(tracedSetting).meta({ description: 'What the rule looks at' }),
  })
  .meta({ id: 'TracedRule' });

/** What comes of a visit. */
const decided = {
  outcome: z.string().meta({
    description: 'Stable; `flowPage` for a visit with `d=1` that is shown where the link leads',
    example: 'redirect',
  }),
  summary: z.string().meta({ description: 'The outcome in a sentence' }),
  status: z.int().meta({ description: 'Of the HTTP answer' }),
  destination: z.string().nullable().meta({
    description: 'Where the visit is sent (`Location`), or what the page it gets leads to; null when nowhere',
  }),
  via: z.enum(['web', 'store', 'app', 'page', 'browser']).nullable().meta({
    description: 'What kind of place that is; `browser`: the device’s own browser, with the same short URL',
  }),
  page: z
    .object({ appUrl: z.string().nullable(), storeUrl: z.string().nullable(), webUrl: z.string() })
    .nullable()
    .meta({ description: 'What the page that offers the app has to tap' }),
  appSteps: z
    .array(
      z.object({
        step: z.enum(APP_STEPS),
        verdict: z.enum(APP_STEP_VERDICTS),
        why: z.string(),
      }),
    )
    .meta({
      description:
        'The ways into the app, best first; empty when there is none for the device, or the visit is for the web',
    }),
  recorded: z
    .object({
      as: z.enum(['click', 'crawler', 'uncounted', 'nothing']),
      takesSlot: z.boolean(),
      qr: z.boolean(),
      automated: z.boolean(),
      foreign: z.boolean().nullable().meta({ description: 'Null when no country was said' }),
      leftOut: z
        .boolean()
        .meta({ description: 'Whether statistics leave it out, as `excludeForeign` is then' }),
    })
    .meta({ description: 'What a real visit would leave behind; this one leaves nothing' }),
};

export const simulated = z
  .object({
    linkId: publicId.nullable().meta({
      description:
        'Of a Firebase long link the link that stands for all of its domain; null as long as none was visited there',
    }),
    shortUrl: z.string(),
    at: instant,
    ...decided,
    next: z.object(decided).meta({ id: 'SimulatedNext' }).nullable().meta({
      description:
        'With `via: browser`: what comes of the visit that follows, in the device’s own browser; it is the one that counts',
    }),
    visitor: z.object({
      kind: z.enum(DESCRIBED_VISITORS),
      platform: z.enum(['ios', 'android', 'other']),
      osVersion: z.string(),
      isIpad: z.boolean(),
      mayBeIpad: z.boolean(),
      lacksGooglePlay: z.boolean(),
      inApp: z.enum(IN_APP_BROWSERS).nullable(),
      userAgent: z.string().meta({ description: 'From which all this was told' }),
      language: z.enum(LANGUAGES).meta({ description: 'In which pages are shown' }),
    }),
    rules: z
      .array(tracedRule)
      .meta({ description: 'Every rule that was asked, in order; the last one decides' }),
    appOpensByItself: z
      .object({ value: z.boolean(), why: z.string() })
      .nullable()
      .meta({ description: 'With `appInstalled`: whether the system opens the app and nobody asks here' }),
    apps: explainedApps,
    preview: previewSourced,
    warnings: z.array(z.string()).meta({ description: 'What may surprise about this link' }),
  })
  .meta({ id: 'Simulated' });

/** Of a visit with `d=1`, which is no outcome of the rules. */
export const FLOW_PAGE_SUMMARY =
  'The visitor sees the flow page, which tells step by step where the link leads, and stays there. Without d=1 the rules below decide.';

/** The outcomes in words. */
export const SUMMARIES: Readonly<Record<Outcome, string>> = {
  unknown: 'No link is found: the visitor is told that the address leads nowhere.',
  paused: 'The link is paused, and the visitor is told so.',
  notStarted: 'The link is not open yet, and the visitor is told when it opens.',
  ended: 'The link has ended.',
  limitReached: 'The link is used up, and the visitor is told so.',
  passwordRequired: 'The visitor is asked for the password.',
  protected: 'The link is protected: the answer says nothing about where it leads.',
  prefetch: 'The browser is told to ask again when a person really goes.',
  previewCard: 'The visitor gets a preview of the link, and not where it leads.',
  redirect: 'The visitor is redirected.',
  forwardPage: 'The visitor sees a page with the link’s title that leads on by itself.',
  openApp: 'The visitor sees a page that offers the app, its store and the web.',
  pushInvitation: 'The visitor is asked about notifications, and then led on.',
};

export function tracedRuleToApi({ rule, verdict, reason, settings }: TracedRule): z.infer<typeof tracedRule> {
  return {
    rule,
    verdict,
    why: sentenceOf(reason),
    reason: reason.code,
    settings: settings.map(({ name, value, source }) => ({ name, value: settingToApi(name, value), source })),
  };
}

/** With the values that were looked at. */
function sentenceOf({ code, at, slots }: Reason): string {
  const sentence = TRACE_TEXTS.en.reasons[code];
  const values = [
    ...(at === undefined ? [] : [iso(at)]),
    ...(slots === undefined ? [] : [`${slots.taken} of ${slots.limit} taken`]),
  ];
  return values.length === 0 ? sentence : `${sentence.slice(0, -1)} (${values.join(', ')}).`;
}

export function appStepToApi({ step, verdict, reason }: AppStep) {
  return { step, verdict, why: TRACE_TEXTS.en.appSteps[reason] };
}
