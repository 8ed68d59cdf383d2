import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../src/languages.ts';
import { TEXTS } from '../../src/visits/pages/texts.ts';
import { Api, type Json, PERSON, STRANGER } from '../api/api.ts';
import { PushService, type TestSubscription } from '../support/push-service.ts';
import { until } from '../support/until.ts';
import { browserMissing, launchBrowser } from './browser.ts';

/** A browser without a screen says so in its name, and would be taken for the robot it is. */
const VISITOR = { locale: 'en', userAgent: PERSON, viewport: { width: 320, height: 640 } };

type Permission = 'default' | 'granted' | 'denied';

/**
 * What a page finds. Chromium subscribes at its maker's push service, which a closed network does not reach: so the
 * subscription is one of the test push service. Everything else is the browser's own.
 */
interface Ability {
  /** What the browser has been told before; undefined: as the browser itself says. */
  readonly permission?: Permission;
  /** What its user answers when asked; `never` leaves the question open. */
  readonly answer?: Permission | 'never';
  readonly subscribed?: TestSubscription | null;
  readonly subscribes?: TestSubscription | 'fails' | 'hangs';
  /** It has a subscription with keys that are no more, and refuses another as browsers do, until that has ended. */
  readonly outdated?: boolean;
  readonly unsupported?: boolean;
  readonly insecure?: boolean;
}

/** Of a page or a service worker, whose `subscribe` has been replaced before. */
const OUTDATED = `{
  const { subscribe } = PushManager.prototype;
  let there = {
    endpoint: 'https://push.example/outdated',
    options: { applicationServerKey: new Uint8Array(65).fill(4).buffer },
    toJSON: () => ({}),
    unsubscribe: async () => { there = null; return true; },
  };
  PushManager.prototype.getSubscription = async () => there;
  PushManager.prototype.subscribe = async (options) => {
    if (there) throw new DOMException('another applicationServerKey', 'InvalidStateError');
    return await subscribe(options);
  };
}`;

/** Runs in the page before its own script. */
function pretend(ability: Ability): string {
  const { permission, answer, subscribed, subscribes, outdated, unsupported, insecure } = ability;
  const lines: string[] = [];
  if (unsupported) lines.push('delete window.PushManager;');
  if (insecure) lines.push('Object.defineProperty(window, "isSecureContext", { get: () => false });');
  if (permission) {
    lines.push(
      `Object.defineProperty(Notification, 'permission', { get: () => ${JSON.stringify(permission)} });`,
    );
  }
  if (answer) {
    const settled =
      answer === 'never' ? 'new Promise(() => {})' : `Promise.resolve(${JSON.stringify(answer)})`;
    lines.push(`Notification.requestPermission = () => { window.wasAsked = true; return ${settled}; };`);
  }
  const made = (one: TestSubscription) =>
    `({ endpoint: ${JSON.stringify(one.endpoint)}, toJSON: () => (${JSON.stringify({ endpoint: one.endpoint, keys: one.keys })}) })`;
  if (subscribed !== undefined) {
    lines.push(
      `PushManager.prototype.getSubscription = async () => ${subscribed ? made(subscribed) : 'null'};`,
    );
  }
  if (subscribes === 'fails')
    lines.push('PushManager.prototype.subscribe = async () => { throw new Error("no"); };');
  else if (subscribes === 'hangs')
    lines.push('PushManager.prototype.subscribe = () => new Promise(() => {});');
  else if (subscribes) {
    lines.push(
      `PushManager.prototype.subscribe = async (options) => {
         if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error('asked wrongly');
         return ${made(subscribes)};
       };`,
    );
  }
  if (outdated) lines.push(OUTDATED);
  return lines.join('\n');
}

describe.skipIf(browserMissing)(
  `a push-subscription link, in Chromium${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    let browser: Browser;
    let api: Api;
    let service: PushService;
    let place: Server;
    let destination: string;
    let origin: string;
    let context: BrowserContext;
    const arrivals: string[] = [];

    beforeAll(async () => {
      api = await Api.open(undefined, { env: { ALLOW_PRIVATE_TARGETS: 'true' } });
      origin = `http://127.0.0.1:${api.port}`;
      service = await PushService.open();
      place = createServer((request, response) => {
        if (request.url !== '/favicon.ico') arrivals.push(request.url ?? '');
        response.writeHead(200, { 'Content-Type': 'text/html' });
        response.end(
          '<!doctype html><link rel="icon" href="data:,"><title>There</title><h1>You are there</h1>',
        );
      });
      await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve));
      destination = `http://127.0.0.1:${(place.address() as AddressInfo).port}/there`;
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      place?.closeAllConnections();
      await new Promise((resolve) => place?.close(resolve));
      await service?.close();
      await api?.close();
    });
    beforeEach(() => {
      arrivals.length = 0;
    });
    afterEach(() => context.close());

    const asking = (input: object = {}): Promise<Json> =>
      api.link({ destination, settings: { pushSubscription: true }, ...input });
    const vapidKey = async () =>
      /"([\w-]{87})"/.exec((await api.send('GET', '/sw.js', undefined, {})).text)?.[1] ?? '';
    const subscribersOf = async ({ id }: Json): Promise<number> =>
      (await api.ok('GET', `/push-subscribers?linkId=${id}`)).total;
    const isThere = (page: Page) => page.waitForURL((url) => url.href.startsWith(destination));
    const allow = (page: Page) => page.getByRole('button', { name: 'Notify me and continue' });
    const onward = (page: Page) => page.getByRole('link', { name: 'Continue' });
    /** Counted so far, and nothing more is on its way. */
    const clicksOf = async (link: Json): Promise<number> => {
      const marker = await api.link();
      await api.visit(`/${marker.code}`);
      await until(async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1, 'ingest came by');
      return (await api.ok('GET', `/links/${link.id}`)).clicks;
    };

    async function visit(link: Json, ability: Ability = {}, options: object = {}): Promise<Page> {
      context = await browser.newContext({ ...VISITOR, ...options });
      if (ability.permission === undefined) await context.grantPermissions(['notifications'], { origin });
      const page = await context.newPage();
      await page.addInitScript(pretend(ability));
      await page.goto(`${origin}/${link.code}`, { waitUntil: 'commit' });
      return page;
    }

    it('is a plain link onward without a script', async () => {
      const link = await asking({ title: 'The sale' });
      const page = await visit(link, {}, { javaScriptEnabled: false });
      await onward(page).waitFor();
      expect(await page.title()).toBe('The sale');
      expect(await allow(page).count()).toBe(0);
      expect(await page.content()).toContain('127.0.0.1');
      await onward(page).click();
      await isThere(page);
      expect(await clicksOf(link)).toBe(1);
    });

    it('asks, subscribes whoever allows, registers the service worker, and goes on', async () => {
      const link = await asking();
      const subscription = await service.subscribe(await vapidKey());
      const page = await visit(link, { permission: 'default', answer: 'granted', subscribes: subscription });
      await allow(page).click();
      await isThere(page);
      expect(arrivals).toEqual(['/there']);
      expect(await subscribersOf(link)).toBe(1);
      expect(await clicksOf(link)).toBe(1);
      // Back leads past the page that asked.
      await page.goBack().catch(() => null);
      expect(page.url()).not.toContain(link.code);
      const again = await context.newPage();
      await again.goto(`${origin}/api/docs`);
      const scope = '(async () => (await navigator.serviceWorker.getRegistration("/")).scope)()';
      expect(await again.evaluate(scope)).toBe(`${origin}/`);
    });

    it('lets whoever does not want to go on by the link, which counts the same', async () => {
      const link = await asking();
      const page = await visit(link, { permission: 'default', answer: 'never' });
      await allow(page).waitFor();
      await onward(page).click();
      await isThere(page);
      expect(await subscribersOf(link)).toBe(0);
      expect(await clicksOf(link)).toBe(1);
    });

    it.each<[string, Ability, 'asks' | 'goes on']>([
      ['denied before', { permission: 'denied' }, 'goes on'],
      ['cannot be asked', { unsupported: true }, 'goes on'],
      ['came without encryption', { insecure: true }, 'goes on'],
      ['denies', { permission: 'default', answer: 'denied' }, 'asks'],
      ['looks away', { permission: 'default', answer: 'default' }, 'asks'],
      ['cannot subscribe', { permission: 'default', answer: 'granted', subscribes: 'fails' }, 'asks'],
    ])('leads a browser on that %s', async (_what, ability, how) => {
      const link = await asking();
      const page = await visit(link, ability);
      if (how === 'asks') await allow(page).click();
      await isThere(page);
      expect(arrivals).toEqual(['/there']);
      expect(await subscribersOf(link)).toBe(0);
      expect(await clicksOf(link)).toBe(1);
    });

    it.each<[string, Ability, number]>([
      ['the question is never answered', { permission: 'default', answer: 'never' }, 20_000],
      ['subscribing never ends', { permission: 'default', answer: 'granted', subscribes: 'hangs' }, 6_000],
    ])('goes on after some seconds when %s', async (_what, ability, afterMs) => {
      const link = await asking();
      context = await browser.newContext(VISITOR);
      const page = await context.newPage();
      await page.clock.install();
      await page.addInitScript(pretend(ability));
      await page.goto(`${origin}/${link.code}`);
      await allow(page).click();
      await page.waitForFunction('window.wasAsked');
      expect(arrivals).toEqual([]);
      await page.clock.fastForward(afterMs);
      await isThere(page);
      expect(await clicksOf(link)).toBe(1);
    });

    it('leads a subscriber on at once, and notes the other link', async () => {
      const [one, other] = [await asking(), await asking()];
      const subscription = await service.subscribe(await vapidKey());
      const first = await visit(one, { permission: 'default', answer: 'granted', subscribes: subscription });
      await allow(first).click();
      await isThere(first);
      const second = await context.newPage();
      await second.addInitScript(pretend({ permission: 'granted', subscribed: subscription }));
      await second.goto(`${origin}/${other.code}`, { waitUntil: 'commit' });
      await isThere(second);
      expect(await subscribersOf(other)).toBe(1);
      expect(await clicksOf(other)).toBe(1);
    });

    it('asks a browser that has allowed another project on this host', async () => {
      const subscription = await service.subscribe(await vapidKey());
      const body = { destination, settings: { pushSubscription: true } };
      const theirs = await api.ok('POST', '/links', { body, key: STRANGER });
      const first = await visit(theirs, {
        permission: 'default',
        answer: 'granted',
        subscribes: subscription,
      });
      await allow(first).click();
      await isThere(first);
      const link = await asking();
      const second = await context.newPage();
      await second.addInitScript(
        pretend({
          permission: 'granted',
          answer: 'granted',
          subscribed: subscription,
          subscribes: subscription,
        }),
      );
      await second.goto(`${origin}/${link.code}`, { waitUntil: 'commit' });
      await allow(second).click();
      await isThere(second);
      expect(await subscribersOf(link)).toBe(1);
    });

    it('asks and subscribes again a browser whose subscription is of keys that are no more', async () => {
      const link = await asking();
      const subscription = await service.subscribe(await vapidKey());
      const page = await visit(link, {
        permission: 'granted',
        answer: 'granted',
        subscribes: subscription,
        outdated: true,
      });
      await allow(page).click();
      await isThere(page);
      expect(await subscribersOf(link)).toBe(1);
    });

    it('takes a subscription that the page for notifications has made away from it', async () => {
      const link = await asking();
      const subscription = await service.subscribe(await vapidKey());
      const page = await visit(link, { permission: 'default', answer: 'granted', subscribes: subscription });
      await allow(page).waitFor();
      const kept = (what: string) =>
        `caches.open('switchyard-push').then(async (memory) => ${what}).then((found) => found !== undefined)`;
      await page.evaluate(kept(`memory.put('/app/notifications?own', new Response('["sub_x"]'))`));
      await allow(page).click();
      await isThere(page);
      const again = await context.newPage();
      await again.goto(`${origin}/api/docs`);
      expect(await again.evaluate(kept(`memory.match('/app/notifications?own')`))).toBe(false);
      expect(await again.evaluate(kept(`memory.match('/sw.js?endpoint')`))).toBe(true);
    });

    for (const language of LANGUAGES) {
      it(`is accessible in light and dark, and at home at 320 pixels: ${language}`, async () => {
        const link = await asking({ title: 'W'.repeat(150), description: 'Half price. '.repeat(40) });
        const page = await visit(link, { permission: 'default', answer: 'never' }, { locale: language });
        await page.getByRole('button', { name: TEXTS[language as Language].pushAllow }).waitFor();
        const wide = 'document.documentElement.scrollWidth > innerWidth';
        expect(await page.evaluate(wide)).toBe(false);
        // However long the title is, what is asked and where to answer stands on the first screen.
        const box = await page
          .getByRole('button', { name: TEXTS[language as Language].pushAllow })
          .boundingBox();
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(640);
        await page.evaluate(axe.source);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        }
        for (const _ of [1, 2]) await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.id')).toBe('next');
      });
    }

    describe('the service worker', () => {
      let cdp: CDPSession;
      let page: Page;
      let registrationId: string;

      async function register(): Promise<void> {
        context = await browser.newContext(VISITOR);
        await context.grantPermissions(['notifications'], { origin });
        page = await context.newPage();
        cdp = await context.newCDPSession(page);
        const registered = new Promise<string>((resolve) => {
          cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
            const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
            if (own) resolve(own.registrationId);
          });
        });
        await cdp.send('ServiceWorker.enable');
        await page.goto(`${origin}/api/docs`);
        await page.evaluate('navigator.serviceWorker.register("/sw.js").then(() => undefined)');
        // While it is still being activated, the browser drops what is delivered.
        const state = '(async () => (await navigator.serviceWorker.ready).active.state)()';
        await until(async () => (await page.evaluate(state)) === 'activated', 'the worker is active');
        registrationId = await registered;
      }

      const deliver = (data: string) =>
        cdp.send('ServiceWorker.deliverPushMessage', { origin: `${origin}/`, registrationId, data });
      const notifications = (): Promise<Json[]> =>
        page.evaluate(
          `(async () => (await (await navigator.serviceWorker.ready).getNotifications())
             .map(({ title, body, tag, data }) => ({ title, body, tag, data })))()`,
        );

      /** Now and then the browser's tools lose what they deliver, whatever it is; then it is delivered once more. */
      const deliverUntil = (isShown: () => Promise<boolean>, payload: string) =>
        until(async () => {
          await deliver(payload);
          return await until(isShown, `${payload} is shown`, 3_000).then(
            () => true,
            () => false,
          );
        }, `${payload} is shown`);

      it('shows a message that was sent to it, and its receipt is counted', async () => {
        const link = await asking();
        const subscription = await service.subscribe(await vapidKey());
        const visited = await visit(link, {
          permission: 'default',
          answer: 'granted',
          subscribes: subscription,
        });
        await allow(visited).click();
        await isThere(visited);
        await context.close();
        const { id } = await api.ok('POST', '/push-messages', {
          body: {
            title: 'The sale begins',
            body: 'Half price <b>',
            url: destination,
            to: { linkId: link.id },
          },
        });
        await until(() => service.messages(subscription).length === 1, 'the push service has the message');
        const [payload] = service.messages(subscription);
        expect(payload).toMatchObject({ title: 'The sale begins', url: destination, receipts: true });
        await until(
          async () => (await api.ok('GET', `/push-messages/${id}`)).state === 'sent',
          'the message is sent',
        );

        await register();
        await deliverUntil(async () => (await notifications()).length === 1, JSON.stringify(payload));
        expect(await notifications()).toEqual([
          {
            title: 'The sale begins',
            body: 'Half price <b>',
            tag: id,
            data: { id: payload.id, url: destination, receipts: true },
          },
        ]);
        const told = async () => await api.ok('GET', `/push-messages/${id}`);
        await until(async () => (await told()).shown === 1, 'the receipt has come');
        // Once more, as a push service may: it takes the place of the first, and counts no more.
        await deliver(JSON.stringify(payload));
        const [worker] = context.serviceWorkers();
        await worker?.evaluate(`(async () => {
          const [notification] = await self.registration.getNotifications();
          self.clients.openWindow = async (url) => { self.opened = url; };
          self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
        })()`);
        await until(async () => (await told()).clicked === 1, 'the click is counted');
        expect(await worker?.evaluate('self.opened')).toBe(destination);
        expect(await notifications()).toEqual([]);
        expect(await told()).toMatchObject({
          recipients: 1,
          sent: 1,
          failed: 0,
          gone: 0,
          shown: 1,
          clicked: 1,
        });
      });

      it('makes itself heard again where the sender says so, and has a name for what it replaces', async () => {
        await register();
        const [worker] = context.serviceWorkers();
        await worker?.evaluate(`(() => {
          const { registration } = self;
          const { showNotification } = registration;
          self.heard = [];
          registration.showNotification = (title, options) => {
            self.heard.push(options.renotify === true);
            return showNotification.call(registration, title, options);
          };
        })()`);
        const alerts = [
          { title: 'a', tag: 'link:1', renotify: true },
          { title: 'b', tag: 'link:1' },
          { title: 'c', renotify: true },
          { title: 'd', tag: 'link:2', renotify: 'yes' },
        ];
        for (const [index, alert] of alerts.entries()) {
          await deliver(JSON.stringify(alert));
          await until(
            async () => Number(await worker?.evaluate('self.heard.length')) > index,
            `${alert.title} is shown`,
          );
        }
        expect(await worker?.evaluate('self.heard')).toEqual([true, false, false, false]);
      });

      it('shows what is not ours as a word from this host, and opens nothing for it', async () => {
        await register();
        const payloads = [
          '',
          'no json',
          'null',
          '[]',
          '{"title":{}}',
          '{"title":"","url":"javascript:alert(1)","image":3}',
        ];
        for (const payload of payloads) {
          const before = (await notifications()).length;
          await deliverUntil(async () => (await notifications()).length > before, payload);
        }
        for (const shown of await notifications()) {
          expect(shown).toMatchObject({
            title: `127.0.0.1:${api.port}`,
            body: '',
            data: { url: null, receipts: false },
          });
        }
      });

      it.each([
        ['when its subscription changes', ''],
        ['also where what it has is of keys that are no more', OUTDATED],
      ])('subscribes again %s, and the server follows', async (_when, more) => {
        const link = await asking();
        const [old, renewed] = [
          await service.subscribe(await vapidKey()),
          await service.subscribe(await vapidKey()),
        ];
        const visited = await visit(link, { permission: 'default', answer: 'granted', subscribes: old });
        await allow(visited).click();
        await isThere(visited);
        // In the same browser, where the page has left the endpoint: Chromium does not say which one has changed.
        const [worker] = context.serviceWorkers();
        await worker?.evaluate(`(() => {
          const subscription = {
            endpoint: ${JSON.stringify(renewed.endpoint)},
            toJSON: () => (${JSON.stringify({ endpoint: renewed.endpoint, keys: renewed.keys })}),
          };
          PushManager.prototype.subscribe = async (options) => {
            if (options.applicationServerKey.length !== 65) throw new Error('asked wrongly');
            return subscription;
          };
          ${more}
          self.dispatchEvent(new ExtendableEvent('pushsubscriptionchange'));
        })()`);
        const write = () =>
          api.ok('POST', '/push-messages', {
            body: { title: 'Still there?', url: destination, to: { linkId: link.id } },
          });
        await until(async () => {
          const { subscribers } = await api.ok('GET', `/push-subscribers?linkId=${link.id}`);
          return subscribers.length === 1;
        }, 'the subscriber is there');
        await until(async () => {
          await write();
          await until(
            () => service.messages(old).length + service.messages(renewed).length > 0,
            'a message arrives',
          );
          return service.messages(renewed).length > 0;
        }, 'a message reaches the new subscription');
        expect(await subscribersOf(link)).toBe(1);
      });
    });
  },
);
