import { openBatchWriter } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { Fanout } from '../../src/reactions/push/messages/fanout.ts';

/** Writes the deliveries of all messages that are due, as a process of its own that can be killed at any moment. */
const writer = openBatchWriter(JSON.parse(process.argv[2] ?? '') as StoreLocation);
const fanout = new Fanout(writer);
while (await fanout.runOnce(Date.now())) process.stdout.write('piece\n');
await writer.close();
