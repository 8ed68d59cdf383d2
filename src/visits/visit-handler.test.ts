import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.ts';
import type { ClickRecord } from '../clicks/click-record.ts';
import { ReservedSegments } from '../links/code.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import type { FoundGroup, FoundLink } from '../links/link-lookup.ts';
import type { Settings } from '../links/setting.ts';
import { testDomain } from '../links/testing/test-domain.ts';
import { ClientAddress } from './client-address.ts';
import { NO_PAGES } from './described-page.ts';
import { Passwords } from './passwords.ts';
import { PushInvitations } from './push-invitations.ts';
import { JournalSlots } from './slots.ts';
import { UnlockCookies } from './unlock-cookie.ts';
import { VisitDirectory } from './visit-directory.ts';
import { VisitHandler } from './visit-handler.ts';

const LINK: FoundLink = {
  id: 7,
  projectId: 1,
  domainId: 1,
  groupId: null,
  routeId: 1,
  destination: 'https://secret-place.example/',
  desktopUrl: null,
  campaign: {},
  settings: {},
  title: '',
  description: '',
  imageUrl: null,
  deleteAt: null,
  iosAppId: null,
  androidAppId: null,
  describedApps: {},
  appRouting: {},
  timeZone: 'UTC',
};

const notALongLink = async () => ({ why: 'link is missing' });

/** Passwords are their own hashes here, and are looked at for as long as the test says. */
describe('a password that is being looked at', () => {
  let link: FoundLink | undefined;
  let group: FoundGroup | undefined;
  let directory: VisitDirectory;
  let looking: { finish: () => void }[];
  let recorded: ClickRecord[];
  let troubles: unknown[];
  let server: Server;

  beforeEach(async () => {
    looking = [];
    recorded = [];
    troubles = [];
    group = undefined;
    directory = new VisitDirectory(
      { findLink: () => link, findGroup: () => group, findApp: () => undefined, findIosApp: () => undefined },
      100,
      () => true,
    );
    const handler = new VisitHandler({
      directory,
      domains: new DomainDirectory('https://go.example', [testDomain()]),
      longLinks: { find: notALongLink, look: notALongLink },
      reserved: new ReservedSegments(),
      slots: new JournalSlots(
        async () => {},
        () => recorded.length,
      ),
      journal: {
        writable: true,
        append(record, waiter) {
          recorded.push(record);
          waiter.journalled();
        },
      },
      clientAddress: new ClientAddress([]),
      passwords: new Passwords({
        guesses: {
          guess: async (_owner, _address, isRight) => ({ outcome: (await isRight()) ? 'right' : 'wrong' }),
        },
        cookies: new UnlockCookies('secret', true),
        matches: (hash, password) =>
          new Promise((resolve) => {
            looking.push({ finish: () => resolve(hash === password) });
          }),
      }),
      invitations: new PushInvitations('secret', 'key'),
      pages: NO_PAGES,
      onTrouble: (error) => troubles.push(error),
    });
    server = createServer((request, response) => void handler.handle(request, response)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
  });

  afterEach(async () => {
    expect(troubles).toEqual([]);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function set(settings: Settings, ofGroup?: Settings): void {
    group = ofGroup && { id: 3, settings: ofGroup };
    link = { ...LINK, groupId: group ? 3 : null, settings };
    const change = { projectId: 1, publicId: '', action: 'updated', version: 2, data: {} } as const;
    directory.follow([
      { ...change, entity: 'link', entityId: 7, codes: ['1/sale'] },
      { ...change, entity: 'group', entityId: 3, codes: [] },
    ]);
  }

  /** Enters a password, and does something while it is looked at. */
  async function enter(password: string, meanwhile: () => void = () => {}): Promise<Response> {
    const { port } = server.address() as AddressInfo;
    const answer = fetch(`http://127.0.0.1:${port}/sale/`, {
      method: 'POST',
      body: new URLSearchParams({ password }),
      redirect: 'manual',
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0' },
    });
    await until(() => looking.length > 0, 'the password is looked at');
    meanwhile();
    looking.shift()?.finish();
    return await answer;
  }

  it('leads on when nothing has changed', async () => {
    set({ password: 'right' });
    const answer = await enter('right');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(LINK.destination);
    expect(answer.headers.get('set-cookie')).toMatch(/; Path=\/sale; .*; Secure$/);
    expect(recorded).toHaveLength(1);
  });

  it.each<[what: string, status: number, meanwhile: () => void]>([
    ['it was changed', 403, () => set({ password: 'another' })],
    ['a group has got one of its own', 403, () => set({ password: 'right' }, { password: 'another' })],
    ['the link was paused', 404, () => set({ password: 'right', paused: true })],
    ['the link has ended', 410, () => set({ password: 'right', endsAt: 1 })],
    [
      'the link was deleted',
      404,
      () => {
        set({});
        link = undefined;
      },
    ],
  ])('does not when meanwhile %s: %i', async (_, status, meanwhile) => {
    set({ password: 'right' });
    const answer = await enter('right', meanwhile);
    expect(answer.status).toBe(status);
    expect(answer.headers.has('location')).toBe(false);
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(await answer.text()).not.toContain('secret-place');
    expect(recorded).toHaveLength(0);
  });

  it('leads on when meanwhile it was taken away', async () => {
    set({ password: 'right' });
    expect((await enter('right', () => set({}))).status).toBe(303);
  });

  it('is looked at once, also when it was changed to what was entered only afterwards', async () => {
    set({ password: 'old' });
    const answer = await enter('new', () => set({ password: 'new' }));
    expect(answer.status).toBe(403);
    expect(looking).toHaveLength(0);
  });

  it('takes a slot only when it leads on', async () => {
    set({ password: 'right', maxClicks: 1 });
    expect((await enter('wrong')).status).toBe(403);
    expect((await enter('right')).status).toBe(303);
    expect(recorded).toHaveLength(1);
  });
});
