import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, strangersEnvironment, temporaryFolder } from './machine.ts';
import { runProgram } from './program.ts';

const passing = "test('passes', () => {});";
const skipped = "test.skip('needs what is absent', () => {});";
const optional = "test('optional', ({ skip }) => skip('[optional] only with a newer Node'));";

test.for([
  { suite: passing + skipped, CI: 'false', code: 0, lastLine: '1 passed, 0 failed, 1 skipped' },
  { suite: passing + skipped, CI: 'true', code: 1, lastLine: '1 passed, 0 failed, 1 skipped' },
  { suite: passing + optional, CI: 'true', code: 0, lastLine: '1 passed, 0 failed, 1 skipped' },
  {
    suite: `${passing} test('fails', () => expect(1).toBe(2));`,
    CI: 'false',
    code: 1,
    lastLine: '1 passed, 1 failed, 0 skipped',
  },
  { suite: "throw new Error('at import');", CI: 'false', code: 1, lastLine: '0 passed, 1 failed, 0 skipped' },
])('with CI=$CI: $suite', async ({ suite, CI, code, lastLine }) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.test.js'), suite);
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const reporter = join(repository, 'scripts', 'no-skips-reporter.mjs');
  const end = await runProgram(
    process.execPath,
    [vitest, 'run', '--root', folder, '--globals', '--reporter=default', `--reporter=${reporter}`],
    { cwd: folder, env: strangersEnvironment({ CI }) },
  );
  expect(end.output).toMatch(new RegExp(`\n${lastLine}\n$`));
  expect(end.code).toBe(code);
  expect(end.output.includes('Skipped in CI, where it must run: a.test.js > needs what is absent')).toBe(
    CI === 'true' && suite.includes(skipped),
  );
});
