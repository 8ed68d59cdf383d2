import type { LoadPlan, LoadReply } from './load-plan.ts';
import { LoadRun } from './load-run.ts';

/** The process of the load generator: plans come in, results go out, and it ends with whoever started it. */

process.on('message', async (plan: LoadPlan) => {
  let reply: LoadReply;
  try {
    reply = { kind: 'done', result: await new LoadRun(plan).run() };
  } catch (error) {
    reply = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(reply);
});
process.on('disconnect', () => process.exit());
