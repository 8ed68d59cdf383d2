/** `npm test`: every suite there is, or those the arguments name; in CI the types, lint and format first. */
import { setUp } from './setup.mjs';
import { styleHolds, testsPass, typesHold } from './tools.mjs';

await setUp();
const verdicts = process.env.CI === 'true' ? [await typesHold(), await styleHolds()] : [];
verdicts.push(await testsPass(process.argv.slice(2)));
process.exit(verdicts.every(Boolean) ? 0 : 1);
