import { type Simulated, simulateOffline } from '../app/offline-simulation.ts';
import { callJson, withServerOrStore } from './server-or-store.ts';
import { type SimulateOptions, simulationQuestion } from './simulation-question.ts';
import { simulationTable } from './simulation-table.ts';

const NOT_LED_ON = 2;
const LED_ON: ReadonlySet<string> = new Set(['redirect', 'forwardPage', 'openApp', 'pushInvitation']);

/**
 * `switchyard simulate <link>`: where a described visitor would be sent, and what each rule said on the way there.
 *
 * @returns 0 when the visitor is led on, 2 when not (the link is paused, say, or asks for a password)
 * @throws OperatorError, Failure when nothing can be said
 */
export async function simulateVisit(link: string, options: SimulateOptions): Promise<number> {
  const asked = simulationQuestion(link, options);
  const simulated = await withServerOrStore(
    async (server) => (await callJson(server, 'POST', '/simulate', asked)) as Simulated,
    (store, config) => simulateOffline(store, config, asked),
    { makesStore: false },
  );
  console.log(options.json ? JSON.stringify(simulated, null, 2) : simulationTable(simulated));
  const { outcome } = simulated.next ?? simulated;
  return LED_ON.has(outcome) ? 0 : NOT_LED_ON;
}
