/** `npm run check`: what to run before every commit. Types, lint, format, and the tests that need nothing but SQLite. */
import { setUp } from './setup.mjs';
import { styleHolds, testsPass, typesHold } from './tools.mjs';

await setUp();
process.env.SWITCHYARD_TEST_ENGINES = 'sqlite';
const verdicts = [await typesHold(), await styleHolds(), await testsPass(['src', 'test/architecture'])];
process.exit(verdicts.every(Boolean) ? 0 : 1);
