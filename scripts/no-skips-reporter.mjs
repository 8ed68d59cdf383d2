/**
 * A vitest reporter with two duties: the last line of a run is exactly `N passed, N failed, N skipped`, and in CI
 * (CI=true) a test that did not run fails the run, unless its name or its note says `[optional]`: a suite that
 * quietly skips itself where its database or browser is missing proves nothing.
 */
export default class NoSkipsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);

    const skipped = inState('skipped');
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0);
    const failed = inState('failed').length + brokenSuites.length + unhandledErrors.length;

    const missed = process.env.CI === 'true' ? skipped.filter((test) => !isOptional(test)) : [];
    for (const test of missed) {
      console.error(`Skipped in CI, where it must run: ${test.module.relativeModuleId} > ${test.fullName}`);
    }
    if (missed.length > 0) process.exitCode = 1;

    process.once('exit', (code) => {
      // What fails outside every test, a global set-up for one, is a failure too.
      const counted = failed > 0 || code === 0 || missed.length > 0 ? failed : 1;
      console.log(`${inState('passed').length} passed, ${counted} failed, ${skipped.length} skipped`);
    });
  }
}

function isOptional(test) {
  return `${test.fullName} ${test.result().note ?? ''}`.includes('[optional]');
}
