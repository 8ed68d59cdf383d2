import { inlineSource } from './inline-source.ts';

/**
 * The script of the page that asks for a subscription (`push-page.ts`). Without it the page is a link onward; with it
 * the question appears, but only for a browser that can be asked and has not answered.
 *
 * Whatever happens, it goes on: when notifications are denied or impossible, when something fails, and when nothing
 * happens for some seconds. It replaces the page, so that Back leads past it.
 *
 * A browser that has said yes on this host may have said it for another project: the server knows, and only of its own
 * subscribers does it say that there is nothing to ask. It then notes this link as well.
 *
 * A subscription that was made with other keys (those of a database that was lost) is of no use to anybody and stands in
 * the way of a new one, so it is ended first. One that `/app/notifications` has made serves visitors from now on, too,
 * and that page must not end it any more: its mark is taken away.
 */
export const PUSH_SCRIPT = `(() => {
const CHECK_MS = 2500, PROMPT_MS = 20000, SUBSCRIBE_MS = 6000;
const ask = document.getElementById('ask');
const allow = document.getElementById('allow');
const next = document.getElementById('next');
const { token, key } = ask.dataset;
let gone = false;

const goOn = () => {
  if (gone) return;
  gone = true;
  location.replace(next.href);
};
const show = () => {
  next.className = '';
  ask.hidden = false;
};
const offer = async (subscription, consent) => {
  const answer = await fetch('/api/push/subscriptions', {
    method: 'POST',
    keepalive: true,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token, consent, subscription }),
  });
  return answer.ok ? await answer.json() : {};
};
const keyBytes = () => {
  const text = atob(key.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
};
const isOurs = ({ options }) => {
  const theirs = options && options.applicationServerKey && new Uint8Array(options.applicationServerKey);
  return !theirs || String(theirs) === String(keyBytes());
};
const isStranger = async () => {
  const registration = await navigator.serviceWorker.getRegistration('/');
  const subscription = registration && (await registration.pushManager.getSubscription());
  return !subscription || !isOurs(subscription) || (await offer(subscription, false)).subscriber === false;
};
const subscribe = async () => {
  if ((await Notification.requestPermission()) !== 'granted') return;
  setTimeout(goOn, SUBSCRIBE_MS);
  await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  const { pushManager } = await navigator.serviceWorker.ready;
  const there = await pushManager.getSubscription();
  if (there && !isOurs(there)) await there.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes() };
  const subscription = await pushManager.subscribe(options);
  await offer(subscription, true);
  const memory = await caches.open('switchyard-push');
  await memory.put('/sw.js?endpoint', new Response(subscription.endpoint));
  await memory.delete('/app/notifications?own');
};

next.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  goOn();
});
allow.addEventListener('click', () => {
  allow.disabled = true;
  setTimeout(goOn, PROMPT_MS);
  subscribe().then(goOn, goOn);
});

const able = isSecureContext && 'serviceWorker' in navigator && 'PushManager' in self && 'Notification' in self;
if (!able || Notification.permission === 'denied') goOn();
else if (Notification.permission === 'default') show();
else {
  const patience = setTimeout(goOn, CHECK_MS);
  isStranger().then((stranger) => {
    clearTimeout(patience);
    if (stranger) show();
    else goOn();
  }, goOn);
}
})();`.replace(/\n\s*/g, '\n');

/** The script as `script-src` names it. */
export const PUSH_SCRIPT_SOURCE = inlineSource(PUSH_SCRIPT);
