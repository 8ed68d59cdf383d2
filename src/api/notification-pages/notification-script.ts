/**
 * What the page runs: a file of its own, with no word in it that anybody reads. Words stand in the page, and are shown
 * by their names. The API key is a variable and nothing else: no storage, no URL, no form that would be sent.
 */
export const NOTIFICATION_SCRIPT = String.raw`'use strict';
const at = (id) => document.getElementById(id);
const page = at('app');
/** In the cache of the origin: what the service worker has to know, and what this page has made itself. */
const ENDPOINT = '/sw.js?endpoint';
const OWN = '/app/notifications?own';
const PATH = '/api/v1/notification-subscriptions';
const receives =
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
let apiKey = '';
let isListed = false;
at('label').placeholder = browserName();

if (!window.isSecureContext) at('insecure').hidden = false;
else {
  at('unsupported').hidden = receives;
  showPermission();
  at('key-form').hidden = false;
  at('key').focus();
}

at('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  apiKey = at('key').value.trim();
  whileBusy(event.submitter, async () => {
    if (!(await refresh())) return;
    at('key').value = '';
    at('key-form').hidden = true;
    at('panel').hidden = false;
    at('panel-heading').focus();
    say('');
  });
});

at('allow-form').addEventListener('submit', (event) => {
  event.preventDefault();
  whileBusy(event.submitter, async () => {
    if (Notification.permission !== 'granted') say('asking');
    const permission = await Notification.requestPermission();
    showPermission();
    if (permission !== 'granted') return say(permission === 'denied' ? '' : 'undecided');
    let subscription;
    try {
      subscription = await subscribe();
    } catch {
      return say('failed');
    }
    const label = at('label').value.trim() || browserName();
    const answer = await call('POST', '', { ...subscription.toJSON(), label });
    if (!answer) return;
    await keep(answer.id);
    at('label').value = '';
    if (await refresh()) say('done');
  });
});

function showPermission() {
  const denied = receives && Notification.permission === 'denied';
  at('denied').hidden = !denied;
  at('subscribed').hidden = !isListed;
  at('allow-form').hidden = !receives || denied || isListed;
}

async function subscribe() {
  await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = bytesOf(page.dataset.key);
  const options = { userVisibleOnly: true, applicationServerKey };
  const there = await pushManager.getSubscription();
  const ofAnother = there && there.options && there.options.applicationServerKey;
  if (there && (!ofAnother || sameBytes(new Uint8Array(ofAnother), applicationServerKey))) return there;
  // Made for another installation at this address: push services would refuse us.
  if (there) await there.unsubscribe();
  const made = await pushManager.subscribe(options);
  await inMemory(async (memory) => {
    await memory.put(ENDPOINT, new Response(made.endpoint));
    await memory.put(OWN, new Response('[]'));
  });
  return made;
}

/** Which rows of ours this page's own subscription serves; undefined when it serves visitors of links, too. */
async function ownRows(memory) {
  const kept = await memory.match(OWN);
  return kept && (await kept.json());
}

async function keep(id) {
  await inMemory(async (memory) => {
    const rows = await ownRows(memory);
    if (rows) await memory.put(OWN, new Response(JSON.stringify([...rows.filter((one) => one !== id), id])));
  });
}

/** The browser is let go when nothing else needs its subscription: not a visitor, and not another project. */
async function letGo(id) {
  await inMemory(async (memory) => {
    const rows = await ownRows(memory);
    if (!rows) return;
    const left = rows.filter((one) => one !== id);
    await memory.put(OWN, new Response(JSON.stringify(left)));
    if (left.length > 0) return;
    const registration = await navigator.serviceWorker.getRegistration('/');
    const there = registration && (await registration.pushManager.getSubscription());
    if (there) await there.unsubscribe();
    await memory.delete(OWN);
    await memory.delete(ENDPOINT);
  });
}

/** Where it cannot be kept, everything else works: the browser then stays subscribed, and is written nothing. */
async function inMemory(work) {
  try {
    await work(await caches.open('switchyard-push'));
  } catch {}
}

/** Such as "Chrome, Windows": so that a browser nobody has named can be told from others. */
function browserName() {
  const { userAgent, userAgentData } = navigator;
  const brands = (userAgentData ? userAgentData.brands : []).map(({ brand }) => brand);
  // One brand is made up, so that nobody relies on the list; one is what most browsers are made of.
  const brand = brands.find((one) => !/not.{0,2}a.{0,2}brand|^chromium$/i.test(one));
  const first = (names) => (names.find(([mark]) => mark.test(userAgent)) || [])[1];
  const name = brand || first([
    [/Edg/, 'Edge'], [/OPR\//, 'Opera'], [/SamsungBrowser/, 'Samsung Internet'], [/Firefox|FxiOS/, 'Firefox'],
    [/Chrome|CriOS/, 'Chrome'], [/Safari/, 'Safari'],
  ]);
  const system = (userAgentData && userAgentData.platform) || first([
    [/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Windows/, 'Windows'], [/CrOS/, 'ChromeOS'],
    [/Mac OS/, 'macOS'], [/Linux/, 'Linux'],
  ]);
  return [name, system].filter(Boolean).join(', ').slice(0, 100);
}

function bytesOf(base64url) {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

async function refresh() {
  const answer = await call('GET', '');
  if (!answer) return false;
  const own = await ownHash();
  at('list').replaceChildren(...answer.subscriptions.map((one) => itemOf(one, one.endpointHash === own)));
  at('nobody').hidden = answer.subscriptions.length > 0;
  isListed = answer.subscriptions.some((one) => one.endpointHash === own);
  showPermission();
  return true;
}

/** By which this browser knows itself in the list; undefined when it is not subscribed. */
async function ownHash() {
  if (!receives) return undefined;
  const registration = await navigator.serviceWorker.getRegistration('/').catch(() => undefined);
  const subscription = registration && (await registration.pushManager.getSubscription().catch(() => null));
  if (!subscription) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(subscription.endpoint));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function itemOf({ id, label, host, createdAt }, isThis) {
  const item = at('item').content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector('.' + name);
  if (label) part('name').textContent = label;
  part('this').hidden = !isThis;
  const since = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  part('what').textContent = since.format(new Date(createdAt)) + ' · ' + host;
  for (const name of ['try', 'drop']) {
    const which = label || part('name').textContent + ', ' + part('what').textContent;
    part(name).setAttribute('aria-label', part(name).textContent + ': ' + which);
  }
  part('try').addEventListener('click', (event) =>
    whileBusy(event.currentTarget, async () => {
      if (await call('POST', '/' + encodeURIComponent(id) + '/test')) say('tested');
    }),
  );
  part('drop').addEventListener('click', (event) =>
    whileBusy(event.currentTarget, async () => {
      if (!(await call('DELETE', '/' + encodeURIComponent(id)))) return;
      if (isThis) await letGo(id);
      await refresh();
      at('panel-heading').focus();
      say('removed');
    }),
  );
  return item;
}

/** What was answered, or undefined when the page has said why there is nothing. */
async function call(method, path, body) {
  if (!/^[\x21-\x7e]+$/.test(apiKey)) return say('keyRefused');
  const headers = { Authorization: 'Bearer ' + apiKey };
  if (body) headers['Content-Type'] = 'application/json';
  let response;
  let answer;
  try {
    response = await fetch(PATH + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    answer = response.status === 204 ? {} : await response.json();
  } catch {
    return say('unreachable');
  }
  if (response.ok) return answer;
  if (response.status === 404 && method !== 'GET') {
    await refresh();
    return undefined;
  }
  const words = { 401: 'keyRefused', 403: 'keyLacks', 409: 'refused', 422: 'refused' };
  return say(words[response.status] || 'unreachable');
}

async function whileBusy(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } catch {
    say('unreachable');
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

/** Emptied first, so that the same word said again is heard again. */
function say(word) {
  at('status').textContent = '';
  const text = word && page.querySelector('[data-word="' + word + '"]').textContent;
  requestAnimationFrame(() => {
    at('status').textContent = text;
  });
}
`;
