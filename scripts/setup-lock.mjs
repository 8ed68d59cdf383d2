import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * One set-up at a time, whoever starts it.
 *
 * The lock is a folder holding one empty file whose *name* is its owner: `<pid>-<start>-<random>`.
 *
 * - Free: there is no folder.
 * - Taken: a folder prepared with that file is renamed into place, which fails while another holds it.
 * - Taken over, when the owner is dead: the file is renamed from the dead owner's name to the taker's. No name is
 *   ever used twice, so of two takers one finds nothing to rename, and nobody can take a lock that has meanwhile
 *   passed to a living process.
 *   A worker the dead owner left behind, noted in the folder as `worker-<pid>-<start>`, is killed first.
 * - Let go: the folder is renamed away as a whole, with everything its owner kept there, and removed.
 */
const OWNER = /^(\d+)-(\d+)-[0-9a-f]+$/;
const WORKER = /^worker-(\d+)-(\d+)$/;
const POLL_MS = 50;

/**
 * Runs `work` while this process alone holds the lock `folder`. `onWait` hears once of each living owner waited for.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} onWait
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, onWait) {
  const me = `${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(6).toString('hex')}`;
  let waitingFor;
  while (!take(folder, me)) {
    const owner = ownerOf(folder);
    if (owner && !isRunning(OWNER, owner)) {
      if (takeOver(folder, owner, me)) {
        await endWorkers(folder);
        break;
      }
    } else if (owner && owner !== waitingFor) {
      waitingFor = owner;
      onWait(Number(OWNER.exec(owner)[1]));
    }
    await pause(POLL_MS);
  }
  try {
    return await work();
  } finally {
    renameSync(folder, `${folder}.${me}`);
    rmSync(`${folder}.${me}`, { recursive: true, force: true });
  }
}

/**
 * Notes in the lock a process that works for its owner, the leader of its own group, for whoever takes the lock over.
 * @param {string} folder
 * @param {number} pid
 */
export function noteWorker(folder, pid) {
  writeFileSync(join(folder, `worker-${pid}-${startOf(pid) ?? 0}`), '');
}

function take(folder, me) {
  const prepared = `${folder}.${me}`;
  mkdirSync(prepared);
  writeFileSync(join(prepared, me), '');
  try {
    renameSync(prepared, folder);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

function takeOver(folder, deadOwner, me) {
  try {
    renameSync(join(folder, deadOwner), join(folder, me));
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function ownerOf(folder) {
  try {
    return readdirSync(folder).find((name) => OWNER.test(name));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function endWorkers(folder) {
  for (const worker of readdirSync(folder).filter((name) => WORKER.test(name))) {
    while (isRunning(WORKER, worker)) {
      process.kill(-Number(WORKER.exec(worker)[1]), 'SIGKILL');
      await pause(POLL_MS);
    }
    rmSync(join(folder, worker));
  }
}

function isRunning(kind, name) {
  const [, pid, start] = kind.exec(name);
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const startNow = startOf(Number(pid));
  return startNow === undefined || startNow === start;
}

/**
 * When a process began, in clock ticks since boot, so that a pid used again is not taken for its former bearer; a
 * zombie began never. Undefined where the system does not tell: then the pid alone must do.
 */
function startOf(pid) {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
    return state === 'Z' ? 'never' : fields[18];
  } catch {
    return undefined;
  }
}
