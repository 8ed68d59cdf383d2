import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VARIABLES } from '../../src/config/variables.ts';
import { SETTING_NAMES, SETTING_RULES } from '../../src/links/setting.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, repository, strangersEnvironment, temporaryFolder } from './machine.ts';
import { Program, runProgram } from './program.ts';

/**
 * The README is run as it stands: its `sh` blocks one after the other in one shell, against a server, and what they
 * print is compared with the `text` block that follows. In such a block `…` stands for anything, and one id or key is
 * as good as another.
 */

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Between the marks of what cannot be run anywhere. */
  readonly runs: boolean;
}

interface Step {
  readonly line: number;
  readonly command: string;
  /** Undefined when the README does not say what is printed. */
  readonly prints: string | undefined;
}

const NOT_RUN = '<!-- not run by the tests';
const RUN_AGAIN = '<!-- run by the tests again -->';
const KEY_TO_PASTE = 'sy_PASTE_THE_KEY_THAT_WAS_PRINTED';
const PORT_IN_README = 'localhost:8080';

/** Too much to run inside a test: proven by tests of their own, which are named here. */
const PROVEN_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['npm start', 'test/house/fresh-clone.test.ts'],
  ['npm test', 'test/house/set-up.test.ts'],
]);

const readme = readFileSync(join(repository, 'README.md'), 'utf8');

test('every command of the README does what is printed', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const port = await freePort();
  const env = strangersEnvironment({
    PORT: String(port),
    DATA_DIR: join(folder, 'data'),
    FETCH_PREVIEWS: 'off',
  });
  // The command line builds itself when it must, and says so: not in the middle of the README.
  const cli = join('bin', 'switchyard.mjs');
  const built = await runProgram('node', [cli, '--version'], { cwd: repository, env });
  expect(built.code, built.output).toBe(0);

  const server = new Program(process.execPath, [join(repository, 'src', 'main.ts'), 'serve'], {
    cwd: folder,
    env,
  });
  await server.until('the server has shown its key', () => server.output.includes('/api/docs'), 60_000);
  const key = /sy_[0-9A-Za-z]{40}/.exec(server.output)?.[0] ?? 'no key was printed';
  const shell = new Shell(
    env,
    [
      `npx() { [ "$1" = switchyard ] && shift && node ${cli} "$@"; }`,
      // To a terminal curl shows no progress.
      'curl() { command curl --no-progress-meter "$@"; }',
    ].join('\n'),
  );

  for (const { line, command, prints } of stepsOf(blocksOf(readme))) {
    const where = `README.md:${line}: ${command}`;
    const printed =
      command === 'npm start'
        ? server.output
        : PROVEN_ELSEWHERE.has(command)
          ? undefined
          : await shell.run(
              command.replaceAll(PORT_IN_README, `localhost:${port}`).replaceAll(KEY_TO_PASTE, key),
            );
    if (prints !== undefined) {
      expect(printed, where).toBeDefined();
      const shown = (printed ?? '').replaceAll(`:${port}`, ':8080');
      if (!isPrintedAs(shown, prints)) expect.fail(`${where}\n\nprints\n\n${shown}\n\nand not\n\n${prints}`);
    }
    await counted(port);
  }

  server.signal('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
});

test('what cannot be run is marked, and what is proven elsewhere has its proof', () => {
  const steps = stepsOf(blocksOf(readme));
  expect(steps.length).toBeGreaterThan(8);
  for (const [command, proof] of PROVEN_ELSEWHERE) {
    expect(
      steps.some((step) => step.command === command),
      command,
    ).toBe(true);
    expect(existsSync(join(repository, proof)), proof).toBe(true);
  }
  expect(readme.split(NOT_RUN)).toHaveLength(2);
  expect(readme.split(RUN_AGAIN)).toHaveLength(2);
});

test('every setting stands in the README, with its default', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|/gm)].map(([, name, standard]) => [
    name,
    standard,
  ]);
  expect(rows).toEqual(SETTING_NAMES.map((name) => [name, defaultInWords(SETTING_RULES[name].default)]));
});

test('every environment variable of the README is one the product reads', () => {
  const known = new Set<string>(VARIABLES.map(({ name }) => name));
  const named = [...readme.matchAll(/`([A-Z][A-Z_]{3,})(?:=[^`]*)?`|^(?:.* )?([A-Z_]{4,})=\S+ /gm)].map(
    ([, quoted, assigned]) => quoted ?? assigned,
  );
  expect(named).toContain('PUBLIC_URL');
  expect(named).toContain('DATABASE_URL');
  const notVariables = ['GROUP', 'LINK', 'SIGTERM', 'WEBHOOK'];
  expect(named.filter((name) => name && !known.has(name) && !notVariables.includes(name))).toEqual([]);
});

test('every npm script the documents name exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const document of documents()) {
    for (const [, script = ''] of read(document).matchAll(/\bnpm (?:run )?(start|test|(?<=run )[a-z]+)\b/g)) {
      expect(Object.keys(scripts), document).toContain(script);
    }
  }
});

test('every link between the documents leads somewhere', () => {
  const broken = documents().flatMap((document) =>
    [...withoutCode(read(document)).matchAll(/\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]+))?\)/g)].flatMap(
      ([, path = '', heading]) => {
        const target = path === '' ? document : relative('.', join(dirname(document), path));
        if (!existsSync(join(repository, target))) return [`${document}: ${path} is not there`];
        if (heading === undefined || anchorsOf(read(target)).includes(heading)) return [];
        return [`${document}: ${path} has no heading #${heading}`];
      },
    ),
  );
  expect(broken).toEqual([]);
});

describe('reading the README', () => {
  const fence = '```';

  test('a block of commands takes what is printed from the text block right below', () => {
    const markdown = `${fence}sh\na\nb\n${fence}\n\n${fence}text\nc\n${fence}\n\nwords\n\n${fence}sh\nd\n${fence}\n`;
    expect(stepsOf(blocksOf(markdown))).toEqual([
      { line: 1, command: 'a\nb', prints: 'c' },
      { line: 12, command: 'd', prints: undefined },
    ]);
  });

  test('what is marked as not run is no step', () => {
    const marked = `${NOT_RUN}: why -->\n${fence}sh\na\n${fence}\n${RUN_AGAIN}\n${fence}sh\nb\n${fence}\n`;
    expect(stepsOf(blocksOf(marked)).map(({ command }) => command)).toEqual(['b']);
  });

  test('printed text without a command is refused: nobody would check it', () => {
    expect(() => stepsOf(blocksOf(`${fence}text\na\n${fence}\n`))).toThrow('no commands above');
  });

  test.for([
    ['HTTP/1.1 302 Found\r\nA: b\r\n\r\n', 'HTTP/1.1 302 Found\nA: b', true],
    ['HTTP/1.1 301 Moved\r\nA: b\r\n\r\n', 'HTTP/1.1 302 Found\nA: b', false],
    ['{"id":"lnk_aaaaaaaaaaaaaaaa","x":1,"clicks":2}', '{"id":"lnk_bbbbbbbbbbbbbbbb",…,"clicks":2}', true],
    ['{"id":"grp_aaaaaaaaaaaaaaaa","x":1,"clicks":2}', '{"id":"lnk_bbbbbbbbbbbbbbbb",…,"clicks":2}', false],
    ['{"id":"lnk_aaaaaaaaaaaaaaaa","x":1,"clicks":3}', '{"id":"lnk_bbbbbbbbbbbbbbbb",…,"clicks":2}', false],
    ['ok\tyes\nmore', 'ok yes', false],
    ['first\nok\tyes\nmore', '…\nok yes\n…', true],
    ['(1.5)*', '(1.5)*', true],
    ['(1x5)', '(1.5)', false],
  ] as const)('%j shown as %j: %s', ([printed, shown, same]) => {
    expect(isPrintedAs(printed, shown)).toBe(same);
  });
});

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; lines: string[]; fence: string } | undefined;
  let runs = true;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^( *```)(\w*)$/.exec(line);
    if (open && line === open.fence) {
      blocks.push({ line: open.line, language: open.language, text: open.lines.join('\n'), runs });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { line: index + 1, language: fence[2] ?? '', lines: [], fence: fence[1] ?? '' };
    else if (line.startsWith(NOT_RUN)) runs = false;
    else if (line.startsWith(RUN_AGAIN)) runs = true;
  }
  return blocks;
}

function stepsOf(blocks: readonly Block[]): Step[] {
  const steps: Step[] = [];
  for (const [index, { line, language, text, runs }] of blocks.entries()) {
    const next = blocks[index + 1];
    if (language === 'text' && blocks[index - 1]?.language !== 'sh') {
      throw new Error(`README.md:${line}: printed text with no commands above`);
    }
    if (language !== 'sh' || !runs) continue;
    steps.push({ line, command: text, prints: next?.language === 'text' ? next.text : undefined });
  }
  return steps;
}

function isPrintedAs(printed: string, shown: string): boolean {
  const pattern = alike(shown)
    .split(/\s*…\s*/)
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`).test(alike(printed));
}

/** Without what differs from run to run, or from terminal to terminal. */
function alike(text: string): string {
  return text
    .replaceAll('\r', '')
    .replace(/\b(lnk|grp|key|dom|prj|whk)_[0-9A-Za-z]{16}\b/g, '$1_ID')
    .replace(/\bsy_[0-9A-Za-z]{40}\b/g, 'sy_KEY')
    .replace(/\bsy_[0-9A-Za-z]{4}…/g, 'sy_HINT')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

/** One bash that keeps its variables from block to block, as a reader's does. */
class Shell {
  readonly #end = 'END-OF-THE-BLOCK';
  readonly #bash;
  #output = '';
  #hasEnded = false;

  constructor(env: NodeJS.ProcessEnv, prelude: string) {
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd: repository, env });
    this.#bash.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#bash.once('close', () => {
      this.#hasEnded = true;
    });
    onTestFinished(() => void this.#bash.kill('SIGKILL'));
    this.#bash.stdin.write(`exec 2>&1\n${prelude}\n`);
  }

  /** @returns what the commands print, to either stream; a command that fails is an error */
  async run(commands: string): Promise<string> {
    this.#output = '';
    const ending = new RegExp(`${this.#end} (\\d+)\n$`);
    this.#bash.stdin.write(`${commands}\necho ${this.#end} $?\n`);
    await eventually(commands, () => ending.test(this.#output) || this.#hasEnded, {
      timeoutMs: 60_000,
      otherwise: () => this.#output,
    });
    const status = ending.exec(this.#output)?.[1];
    if (status !== '0') throw new Error(`${commands}\nended with ${status}:\n${this.#output}`);
    return this.#output.replace(ending, '');
  }
}

/** Counting follows the answer by a moment, which a reader takes for reading on. */
async function counted(port: number): Promise<void> {
  await eventually('every click is counted', async () => {
    const { checks } = (await (await fetch(`http://localhost:${port}/readyz`)).json()) as {
      checks: { ingest: { detail: string } };
    };
    return checks.ingest.detail.startsWith('0 bytes ');
  });
}

function defaultInWords(value: unknown): string {
  if (value === null) return "the project's";
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

function documents(): string[] {
  const top = readdirSync(repository).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...below];
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** The anchors GitHub gives to headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
