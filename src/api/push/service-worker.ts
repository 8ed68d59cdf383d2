/**
 * The service worker of every short domain: shows what is pushed (`PushPayload`) and follows taps. It has no fetch
 * handler, so it stands in nobody's way.
 *
 * Whoever knows a subscription can push anything, so nothing of a message is trusted: what is not ours is shown as a
 * word from this host, because a browser that is pushed and shows nothing takes the permission away.
 *
 * Browsers may change a subscription and tell the worker without saying which it was: its endpoint is kept in the
 * cache of the origin, where the page that subscribed puts it (`push-script.ts`), and after each message.
 *
 * @param vapidPublicKey base64url
 */
export function serviceWorker(vapidPublicKey: string): string {
  return `'use strict';
const KEY = ${JSON.stringify(vapidPublicKey)};
${PROGRAM}`;
}

const PROGRAM = `const MEMORY = 'switchyard-push';
const REMEMBERED = '/sw.js?endpoint';

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('push', (event) => {
  const told = messageIn(event.data);
  event.waitUntil(Promise.all([show(told), remember()]));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { id, url, receipts } = event.notification.data || {};
  event.waitUntil(Promise.all([open(url), receipts ? tell(id, 'clicked') : null]));
});

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

function messageIn(data) {
  let message;
  try {
    message = data.json();
  } catch {}
  if (typeof message !== 'object' || message === null) message = {};
  const text = (value) => (typeof value === 'string' ? value : '');
  return {
    id: text(message.id),
    title: text(message.title) || self.location.host,
    body: text(message.body),
    url: webUrl(message.url),
    image: webUrl(message.image),
    tag: text(message.tag),
    renotify: message.renotify === true,
    receipts: message.receipts === true && text(message.id) !== '',
  };
}

function webUrl(value) {
  try {
    const url = new URL(value);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

async function show({ id, title, body, url, image, tag, renotify, receipts }) {
  const options = { body, data: { id, url, receipts } };
  if (image) options.image = image;
  if (tag) options.tag = tag;
  // Without a tag browsers refuse it.
  if (tag && renotify) options.renotify = true;
  await self.registration.showNotification(title, options);
  if (receipts) await tell(id, 'shown');
}

async function open(url) {
  if (!url) return;
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = windows.find((one) => one.url === url);
  await (there ? there.focus() : self.clients.openWindow(url));
}

async function tell(id, what) {
  await post('/api/push/receipts', { id, event: what }).catch(() => {});
}

async function renew({ oldSubscription, newSubscription }) {
  const before = oldSubscription ? oldSubscription.endpoint : await remembered();
  const subscription = await currentSubscription(newSubscription);
  if (before) await post('/api/push/subscriptions/change', { endpoint: before, subscription });
  await remember();
}

/** With another key than today's nobody could send to it, and it stands in the way of a new one. */
async function currentSubscription(offered) {
  const { pushManager } = self.registration;
  const there = offered || (await pushManager.getSubscription());
  const theirs = there && there.options && there.options.applicationServerKey;
  if (there && (!theirs || String(new Uint8Array(theirs)) === String(keyBytes()))) return there;
  if (there) await there.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes() });
}

async function remember() {
  try {
    const subscription = await self.registration.pushManager.getSubscription();
    if (!subscription) return;
    const memory = await caches.open(MEMORY);
    await memory.put(REMEMBERED, new Response(subscription.endpoint));
  } catch {}
}

async function remembered() {
  const memory = await caches.open(MEMORY);
  const kept = await memory.match(REMEMBERED);
  return kept ? await kept.text() : undefined;
}

function keyBytes() {
  const text = atob(KEY.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), keepalive: true });
}
`;
