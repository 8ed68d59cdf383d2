import { executionAsyncResource } from 'node:async_hooks';

/**
 * Keeps one object of `process.nextTick` alive. Otherwise a garbage collection in an idle moment can forget the shape
 * of these objects, and V8 then makes every later one the slow way: some 4 µs a request, for as long as the process
 * lives. Whether that happens is luck, and a reference must not depend on luck.
 */
const kept: object[] = [];
process.nextTick(() => kept.push(executionAsyncResource()));
