import { count } from './figures.ts';
import { fill } from './fill.ts';
import type { BenchOptions } from './options.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** A data folder with many links, all in one group, made once for all benches that need it. */
export class ManyLinks implements Disposable {
  readonly links: number;
  readonly #program: string | undefined;
  readonly #say: (message: string) => void;
  readonly #folder = new TemporaryFolder();
  #made: Promise<{ readonly dataDir: string; readonly groupId: string }> | undefined;

  constructor({ manyLinks, program, say }: BenchOptions) {
    this.links = manyLinks;
    this.#program = program;
    this.#say = say;
  }

  made(): Promise<{ readonly dataDir: string; readonly groupId: string }> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<{ dataDir: string; groupId: string }> {
    const dataDir = this.#folder.path;
    await using server = await SwitchyardServer.start({
      name: 'Switchyard',
      dataDir,
      core: undefined,
      program: this.#program,
    });
    const { id } = await server.api<{ id: string }>('POST', '/groups', { name: 'all of them' });
    this.#say(`creating ${count(this.links)} links through the API`);
    const tookMs = await fill(server, this.links, this.#say, id);
    this.#say(`took ${(tookMs / 1_000).toFixed(0)} s`);
    return { dataDir, groupId: id };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
