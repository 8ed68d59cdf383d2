import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from '../../visits/pages/document.ts';
import { inlineSource } from '../../visits/pages/inline-source.ts';
import type { Page } from '../../visits/pages/page.ts';
import { STYLESHEET_SOURCE } from '../../visits/pages/stylesheet.ts';
import { NOTIFICATION_TEXTS, type NotificationTexts } from './texts.ts';

export const NOTIFICATION_SCRIPT_PATH = '/app/notifications.js';

/** Beside the family's own sheet: a list with buttons, which no other page has. */
const STYLE = [
  '[hidden]{display:none!important}',
  '#app{margin-top:.75rem}',
  'h2{margin-top:2.5rem;font-size:1.25rem;line-height:1.4}',
  'h2:focus{outline:0}',
  '#key-form p{margin:.75rem 0 0;color:var(--soft);font-weight:400;font-size:.9375rem}',
  '.note{padding:1rem 1.125rem;border-left:4px solid var(--c);background:var(--field);color:var(--ink);font-size:1rem}',
  'ul{list-style:none;padding:0;margin-top:1rem}',
  'li{display:grid;grid-template-columns:1fr auto auto;gap:.25rem .75rem;align-items:center;padding:.875rem 0;border-bottom:1px solid var(--line)}',
  'li div{min-width:0}',
  'li small{display:block;overflow-wrap:anywhere}',
  '.name{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;overflow-wrap:anywhere}',
  '.this{display:block;color:var(--soft);font-size:.9375rem}',
  'li button{width:auto;padding:.5rem .875rem;border:1.5px solid var(--soft);border-radius:.5rem;background:var(--field);color:var(--ink);font:inherit;font-size:.9375rem;font-weight:600;cursor:pointer}',
  'li button:hover{border-color:var(--c)}',
  'li button:focus-visible{outline:3px solid var(--c);outline-offset:3px}',
  '[aria-disabled=true]{opacity:.6;cursor:progress}',
  '#status:not(:empty){margin-top:1.5rem;color:var(--ink);font-weight:600;font-size:1rem}',
  '@media(max-width:34rem){li{grid-template-columns:1fr 1fr}li div{grid-column:1/-1}}',
].join('');

const STYLE_SOURCE = inlineSource(STYLE);

/**
 * Where people of a project allow notifications, until there is a dashboard.
 *
 * @param vapidPublicKey what browsers subscribe with; base64url
 * @param nonce lets the page's own script run, and no other
 */
export function renderNotificationPage(vapidPublicKey: string, nonce: string, language: Language): Page {
  const texts = NOTIFICATION_TEXTS[language];
  const html = renderDocument({
    language,
    tone: 'green',
    scene: 'branching',
    heading: texts.heading,
    text: texts.intro,
    head: `<style>${STYLE}</style><script src="${NOTIFICATION_SCRIPT_PATH}" nonce="${escapeHtml(nonce)}" defer></script>`,
    below: bodyOf(texts, vapidPublicKey),
  });
  const body = Buffer.from(html, 'utf8');
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': String(body.byteLength),
      'Content-Language': language,
      'Cache-Control': 'no-store',
      Vary: 'Accept-Language',
      'X-Robots-Tag': 'noindex, nofollow',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': [
        "default-src 'none'",
        `script-src 'nonce-${nonce}'`,
        `style-src ${STYLESHEET_SOURCE} ${STYLE_SOURCE}`,
        'img-src data:',
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
    body,
  };
}

/** Fields have no `name`: whatever happens to the script, a form would send nothing. */
function bodyOf(texts: NotificationTexts, vapidPublicKey: string): string {
  const note = (id: string, text: string) => `<p class="note" id="${id}" hidden>${escapeHtml(text)}</p>`;
  const words = Object.entries(texts.words)
    .map(([name, text]) => `<span data-word="${name}">${escapeHtml(text)}</span>`)
    .join('');
  return [
    `<div id="app" data-key="${escapeHtml(vapidPublicKey)}">`,
    `<noscript><p class="note">${escapeHtml(texts.noScript)}</p></noscript>`,
    note('insecure', texts.insecure),
    note('unsupported', texts.unsupported),
    note('denied', texts.denied),
    `<form id="key-form" hidden><label for="key">${escapeHtml(texts.keyLabel)}</label>`,
    '<input id="key" type="password" autocomplete="off" spellcheck="false" maxlength="500" required aria-describedby="key-note">',
    `<p id="key-note">${escapeHtml(texts.keyNote)}</p><button class="go">${escapeHtml(texts.open)}</button></form>`,
    `<section id="panel" hidden><h2 id="panel-heading" tabindex="-1">${escapeHtml(texts.listHeading)}</h2>`,
    `<p id="nobody" hidden>${escapeHtml(texts.nobody)}</p><ul id="list"></ul>`,
    note('subscribed', texts.subscribed),
    `<form id="allow-form"><label for="label">${escapeHtml(texts.nameLabel)}</label>`,
    '<input id="label" autocomplete="off" maxlength="100">',
    `<button class="go">${escapeHtml(texts.allow)}</button></form></section>`,
    '<p id="status" role="status"></p>',
    `<div hidden>${words}</div>`,
    `<template id="item"><li><div><b class="name">${escapeHtml(texts.unnamed)}</b>`,
    `<span class="this" hidden>${escapeHtml(texts.thisBrowser)}</span><small class="what"></small></div>`,
    `<button type="button" class="try">${escapeHtml(texts.test)}</button>`,
    `<button type="button" class="drop">${escapeHtml(texts.remove)}</button></li></template></div>`,
  ].join('');
}
