import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['bench/**/*.test.ts', 'src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './scripts/no-skips-reporter.mjs'],
    // Ends what hangs. How fast something is, `bench/` says; a busy machine may take ten times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most suites wait (for a database, a browser, a process to die) more than they work.
    maxWorkers: 2,
  },
});
