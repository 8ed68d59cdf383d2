import { expect, test } from 'vitest';
import type { AssociatedApp } from '../../apps/associated-apps.ts';
import type { Change } from '../../db/change.ts';
import type { Domain } from '../../links/domain.ts';
import { testDomain } from '../../links/testing/test-domain.ts';
import { AssociationFiles } from './association-files.ts';
import { type LeftOut, LONGEST_FILE_BYTES } from './host-files.ts';

const ROOT = testDomain({ projectId: 7, isDefault: false });

const app = (identifier: string): AssociatedApp => ({
  projectId: 7,
  platform: 'ios',
  identifier,
  teamId: 'ABCDE12345',
  sha256CertFingerprints: [],
});

const EDIT: Change = {
  entity: 'app',
  entityId: 1,
  publicId: 'a',
  projectId: 7,
  action: 'updated',
  version: 2,
  data: {},
  codes: [],
};

/** A store that answers when it is told to. */
class Store {
  apps: readonly AssociatedApp[] = [app('first')];
  readonly asked: (readonly number[] | 'all')[] = [];
  readonly troubles: unknown[] = [];
  readonly leftOut: (readonly [string, LeftOut])[] = [];
  away = false;
  current = true;
  /** Runs between the question and its answer. */
  meanwhile: () => void = () => {};
  readonly files = new AssociationFiles({
    loadApps: async (projectIds) => {
      this.asked.push(projectIds);
      if (this.away) throw new Error('away');
      const { apps } = this;
      await Promise.resolve();
      this.meanwhile();
      return apps;
    },
    reserved: () => [],
    isCurrent: () => this.current,
    onTrouble: (error) => this.troubles.push(error),
    onLeftOut: (host, leftOut) => this.leftOut.push([host, leftOut]),
  });

  async named(domains: readonly Domain[] = HOST): Promise<string[]> {
    return (await this.files.find(domains)).apps.map(({ identifier }) => identifier);
  }
}

const HOST = [ROOT];

test('a host is looked up once, by everybody who waits, and again after an edit of an app', async () => {
  const store = new Store();
  expect(await Promise.all([store.named(), store.named(), store.named()])).toEqual([
    ['first'],
    ['first'],
    ['first'],
  ]);
  expect(await store.named()).toEqual(['first']);
  expect(store.asked).toEqual([[7]]);
  store.apps = [app('second')];
  store.files.follow([{ ...EDIT, entity: 'link' }]);
  expect(await store.named()).toEqual(['first']);
  store.files.follow([EDIT]);
  expect(await store.named()).toEqual(['second']);
});

test('an edit while apps are read makes them be read again', async () => {
  const store = new Store();
  store.meanwhile = () => {
    store.meanwhile = () => {};
    store.apps = [app('second')];
    store.files.follow([EDIT]);
  };
  expect(await store.named()).toEqual(['second']);
  expect(await store.named()).toEqual(['second']);
  expect(store.asked).toHaveLength(2);
});

test('a host with other domains than before is looked up again', async () => {
  const store = new Store();
  await store.named();
  await store.named([{ ...ROOT, projectId: null }]);
  await store.named([{ ...ROOT, pathPrefix: 'a' }, { ...ROOT, projectId: 8, pathPrefix: 'b' }, ROOT]);
  expect(store.asked).toEqual([[7], 'all', [7, 8]]);
});

test('with the store away what is known is served on, and what is not is never called empty', async () => {
  const store = new Store();
  await store.named();
  store.away = true;
  store.files.follow([EDIT]);
  expect(await store.named()).toEqual(['first']);
  expect(store.troubles).toHaveLength(1);
  const other = [{ ...ROOT, host: 'other.example' }];
  await expect(store.named(other)).rejects.toMatchObject({ code: 'unavailable' });
  store.away = false;
  store.apps = [app('second')];
  expect(await store.named()).toEqual(['second']);
  expect(await store.named(other)).toEqual(['second']);
});

test('while edits made elsewhere are not heard, the store is asked each time', async () => {
  const store = new Store();
  await store.named();
  store.current = false;
  store.apps = [app('second')];
  expect(await store.named()).toEqual(['second']);
  store.away = true;
  expect(await store.named()).toEqual(['second']);
});

test('a file in which nobody finds room any more stays as it was, and the log is told once', async () => {
  const store = new Store();
  const { apple } = await store.files.find(HOST);
  expect(store.leftOut).toEqual([]);
  store.apps = [app('x'.repeat(LONGEST_FILE_BYTES))];
  store.files.follow([EDIT]);
  expect((await store.files.find(HOST)).apple).toEqual(apple);
  store.files.follow([EDIT]);
  expect((await store.files.find(HOST)).apple).toEqual(apple);
  expect(store.leftOut).toEqual([
    ['go.example', { ios: [`ABCDE12345.${'x'.repeat(LONGEST_FILE_BYTES)}`], android: [] }],
  ]);
  store.apps = [];
  store.files.follow([EDIT]);
  expect((await store.files.find(HOST)).apple).toBeUndefined();
});
