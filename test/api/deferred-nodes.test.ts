import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app/app.ts';
import { decideConfig } from '../../src/config/config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { POSTGRES, runs } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, PUBLIC_HOST } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const APPS = { ios: { identifier: 'com.example.app', appStoreId: '1', customScheme: 'shop' } };

/** Each has a journal of its own: what one of them has been told comes to the other through the database. */
describe.runIf(runs(POSTGRES))(
  'apps that ask another node than the one that was clicked, on PostgreSQL',
  () => {
    let here: Api;
    let there: App;
    let dataDir: string;
    let nodes: string[];
    let addresses = 0;

    beforeAll(async () => {
      here = await Api.open(POSTGRES);
      dataDir = await mkdtemp(join(tmpdir(), 'switchyard-node-'));
      const config = decideConfig({ BOOTSTRAP_API_KEY: KEY, TIME_ZONE: 'Asia/Seoul', FETCH_PREVIEWS: 'off' });
      const { database } = here.location;
      there = await openApp(
        { ...config, database, dataDir },
        `http://${PUBLIC_HOST}`,
        createLogger('silent'),
      );
      await there.server.listen({ port: 0, host: '127.0.0.1' });
      const { port } = there.server.server.address() as AddressInfo;
      nodes = [here.port, port].map((one) => `http://127.0.0.1:${one}`);
    });
    afterAll(async () => {
      await there?.close();
      await here?.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    const newAddress = () => {
      addresses += 1;
      return `198.51.100.${addresses}`;
    };

    /** @returns what the page would copy */
    const tap = async (address: string): Promise<string> => {
      const { code } = await here.link({ destination: 'https://example.com/', apps: APPS });
      const headers = {
        'user-agent': IPHONE,
        'accept-language': 'ko-KR',
        'x-forwarded-for': address,
        'sec-fetch-dest': 'document',
      };
      let text = '';
      await until(async () => {
        const answer = await here.visit(`/${code}`, headers);
        text = answer.text;
        return answer.status === 200;
      }, 'the link is known');
      return /data-copy="([^"]+)"/.exec(text)?.[1] ?? '';
    };

    const ask = async (node: string | undefined, address: string, body: object): Promise<Json> => {
      const answer = await fetch(`${node}/1.0/deferred/resolve`, {
        method: 'POST',
        headers: { 'X-API-KEY': KEY, 'Content-Type': 'application/json', 'X-Forwarded-For': address },
        body: JSON.stringify({ platform: 'ios', osVersion: '17.5', language: 'ko-KR', ...body }),
      });
      return { status: answer.status, ...((await answer.json()) as Json).data };
    };

    test('a click that is named is told by the other node, which says 503 until it has come', async () => {
      for (let round = 0; round < 10; round++) {
        const clipboardUrl = await tap(newAddress());
        const body = { clipboardUrl, deviceId: randomUUID() };
        let told: Json;
        await until(async () => {
          told = await ask(nodes[1], newAddress(), body);
          return told.status !== 503;
        }, 'the click has come');
        expect(told).toMatchObject({ status: 200, matched: true, clickId: clipboardUrl.slice(-32) });
      }
    });

    test('a device that asked too early is told by whichever node it asks again', async () => {
      const address = newAddress();
      const deviceId = randomUUID();
      expect(await ask(nodes[1], address, { deviceId })).toMatchObject({ status: 200, matched: false });
      await tap(address);
      let told: Json;
      await until(async () => {
        told = await ask(nodes[1], address, { deviceId });
        return told.matched;
      }, 'the click has come');
      expect(told.matchMethod).toBe('fingerprint');
      await tap(address);
      for (const node of nodes)
        expect(await ask(node, address, { deviceId })).toMatchObject({ matched: false });
    });

    test('of many devices that ask both nodes at once one is told, and a device once', async () => {
      const clipboardUrl = await tap(newAddress());
      const many = await Promise.all(
        Array.from({ length: 16 }, (_, n) =>
          untilAnswered(() => ask(nodes[n % 2], newAddress(), { clipboardUrl, deviceId: randomUUID() })),
        ),
      );
      expect(many.filter(({ matched }) => matched)).toHaveLength(1);

      const clicks = await Promise.all(Array.from({ length: 8 }, () => tap(newAddress())));
      const deviceId = randomUUID();
      expect(await ask(nodes[1], newAddress(), { deviceId })).toMatchObject({ matched: false });
      const one = await Promise.all(
        clicks.map((clipboardUrl, n) =>
          untilAnswered(() => ask(nodes[n % 2], newAddress(), { clipboardUrl, deviceId })),
        ),
      );
      expect(one.filter(({ matched }) => matched)).toHaveLength(1);
    });

    const untilAnswered = async (question: () => Promise<Json>): Promise<Json> => {
      let told: Json;
      await until(async () => {
        told = await question();
        return told.status !== 503;
      }, 'it is answered');
      return told;
    };
  },
);
