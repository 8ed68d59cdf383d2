import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import type { SettingName } from '../../links/setting.ts';
import { statusOf } from '../answer-status.ts';
import type { Flow, FlowDecision, FlowDevice, FlowWay } from '../flow.ts';
import type { RuleName } from '../rules.ts';
import type { TracedRule } from '../trace.ts';
import type { AppStep } from '../trace-app-steps.ts';
import { renderDocument } from './document.ts';
import { FLOW_STYLESHEET, FLOW_STYLESHEET_SOURCE } from './flow-stylesheet.ts';
import { FLOW_TEXTS } from './flow-texts.ts';
import { describeOpeningTime } from './opening-time.ts';
import { buildPage, type Page } from './page.ts';
import { TEXTS } from './texts.ts';
import { TRACE_TEXTS } from './trace-texts.ts';

export interface FlowPage {
  readonly flow: Flow;
  /** Absolute; where the same visit goes that does not ask. */
  readonly shortUrl: string;
  /** IANA name of the project's time zone. */
  readonly timeZone: string;
}

/** They speak of programs, and nobody reads this page but people. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set<RuleName>(['robots', 'headers', 'prefetch', 'previewCard']);

/** Of a rule that looks at several settings, the one people would name. */
const MAIN_SETTINGS: { readonly [Name in RuleName]?: SettingName } = {
  paused: 'paused',
  starts: 'startsAt',
  ends: 'endsAt',
  limit: 'maxClicks',
  password: 'password',
  pushInvitation: 'pushSubscription',
  destination: 'redirectType',
};

/** Longer URLs are cut: the page stays small, and whoever wants all of one follows it. */
const LONGEST_PLACE = 400;

/**
 * Why a link leads where it leads, for people: each step in words, and what other devices get. It leads nobody
 * anywhere. URLs are text and no links, since a tap on one would be a visit that nobody counts.
 */
export function renderFlowPage({ flow, shortUrl, timeZone }: FlowPage, language: Language): Page {
  const texts = FLOW_TEXTS[language];
  const { decision, rules, appSteps, devices } = flow;
  const notice = 'destination' in decision ? undefined : TEXTS[language].notices[decision.outcome];
  const html = renderDocument({
    language,
    tone: notice ? 'slate' : 'green',
    scene: notice ? 'signal' : 'branching',
    heading: notice?.heading ?? texts.heading,
    text: texts.note,
    head: `<style>${FLOW_STYLESHEET}</style>`,
    below: [
      drawPlace(flow, timeZone, shortUrl, language),
      `<h2>${escapeHtml(texts.stepByStep)}</h2>`,
      `<ol>${rules.map((rule) => drawRule(rule, language)).join('')}</ol>`,
      drawAppSteps(appSteps, language),
      devices.length === 0 ? '' : drawDevices(flow, language),
      notice ? '' : `<a class="go" href="${escapeHtml(shortUrl)}">${escapeHtml(texts.open)}</a>`,
    ].join(''),
  });
  return buildPage({
    status: flowStatus(decision),
    language,
    html,
    styleSource: FLOW_STYLESHEET_SOURCE,
  });
}

/** A page that leads on is there; of what leads nowhere the status says so, as it does to a visit. It never redirects. */
export function flowStatus(decision: FlowDecision): number {
  if ('destination' in decision) return 200;
  return statusOf(decision.outcome === 'ended' ? { ...decision, expiredUrl: null } : decision, {
    method: 'GET',
  });
}

function drawPlace(flow: Flow, timeZone: string, shortUrl: string, language: Language): string {
  const texts = FLOW_TEXTS[language];
  const { decision, next, tellsPlaces } = flow;
  if ('destination' in decision && decision.via === 'browser') {
    const handedOver = `<b>${escapeHtml(texts.ways.browser)}</b>${drawUrl(shortUrl)}`;
    const following = next && drawTerm(texts.inOwnBrowser, drawWay(next, tellsPlaces, language));
    return drawTerm(texts.onThisDevice, handedOver) + (following ?? '');
  }
  if ('destination' in decision) {
    return drawTerm(texts.onThisDevice, drawWay(flow, tellsPlaces, language));
  }
  if (decision.outcome === 'ended' && decision.expiredUrl !== null) {
    return drawTerm(texts.onThisDevice, drawUrl(decision.expiredUrl));
  }
  if (decision.outcome !== 'notStarted') return '';
  const opening = describeOpeningTime(decision.startsAt, timeZone, language);
  if (!opening) return '';
  const { iso, date, time, zone } = opening;
  const moment = `<time datetime="${escapeHtml(iso)}">${escapeHtml(date)}<br>${escapeHtml(time)}</time>`;
  return drawTerm(TEXTS[language].opensAt, `${moment}<small>${escapeHtml(zone)}</small>`);
}

function drawTerm(term: string, markup: string): string {
  return `<dl><dt>${escapeHtml(term)}</dt><dd>${markup}</dd></dl>`;
}

function drawRule({ rule, verdict, reason, settings }: TracedRule, language: Language): string {
  if (FOR_PROGRAMS.has(rule)) return '';
  const texts = FLOW_TEXTS[language];
  const set = settings.find(({ name }) => name === MAIN_SETTINGS[rule]);
  const notes = [
    ...(set && set.source !== 'default' ? [texts.setBy[set.source]] : []),
    ...(verdict === 'decides' ? [texts.decides] : []),
  ];
  const note = notes.length === 0 ? '' : `<small>${escapeHtml(notes.join(' '))}</small>`;
  const kind = verdict === 'decides' ? ' class="end"' : '';
  return `<li${kind}>${escapeHtml(TRACE_TEXTS[language].reasons[reason.code])}${note}</li>`;
}

function drawAppSteps(steps: readonly AppStep[], language: Language): string {
  if (steps.length === 0) return '';
  const texts = FLOW_TEXTS[language];
  const items = steps.map(({ step, verdict, reason }) => {
    const kind = verdict === 'notTaken' ? ' class="not"' : verdict === 'taken' ? ' class="end"' : '';
    const why = `<small>${escapeHtml(TRACE_TEXTS[language].appSteps[reason])}</small>`;
    return `<li${kind}>${escapeHtml(texts.appSteps[step])}${why}</li>`;
  });
  return `<h2>${escapeHtml(texts.waysIntoApp)}</h2><ol>${items.join('')}</ol>`;
}

function drawDevices({ devices, tellsPlaces }: Flow, language: Language): string {
  const texts = FLOW_TEXTS[language];
  const row = (way: FlowDevice) =>
    `<tr><th scope="row">${escapeHtml(texts.devices[way.device])}</th><td>${drawWay(way, tellsPlaces, language)}</td></tr>`;
  return (
    `<h2>${escapeHtml(texts.onOtherDevices)}</h2>` +
    `<table><thead><tr><th scope="col">${escapeHtml(texts.device)}</th><th scope="col">${escapeHtml(texts.leadsTo)}</th></tr></thead>` +
    `<tbody>${devices.map(row).join('')}</tbody></table>`
  );
}

/** What kind of place it is, and which. */
function drawWay({ decision, places }: FlowWay, tellsPlaces: boolean, language: Language): string {
  if (!('destination' in decision)) return '';
  const texts = FLOW_TEXTS[language];
  const { outcome, via } = decision;
  const kind = outcome === 'forwardPage' || outcome === 'pushInvitation' ? outcome : via;
  const way = `<b>${escapeHtml(texts.ways[kind])}</b>`;
  if (!tellsPlaces) return `${way}<small>${escapeHtml(texts.hidden)}</small>`;
  return way + places.map(drawUrl).join('');
}

function drawUrl(url: string): string {
  const shown = url.length > LONGEST_PLACE ? `${url.slice(0, LONGEST_PLACE)}…` : url;
  return `<small>${escapeHtml(shown.toWellFormed())}</small>`;
}
