import { hash, verify } from '@node-rs/argon2';

/** argon2id with OWASP's parameters: some 30 ms and 19 MiB in a thread of the pool, never on the event loop. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** What the library writes: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
const STORED =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}$/;
/** Checking a guess must not cost whoever runs this much more than one of our own: memory in KiB. */
const MOST = { memoryCost: 65_536, timeCost: 4, parallelism: 4 } as const;

/** What is wrong with a hash that comes from elsewhere, or undefined. */
export function storedHashProblem(storedHash: string): string | undefined {
  const [, memory, time, parallelism] = (STORED.exec(storedHash) ?? []).map(Number);
  if (memory === undefined || time === undefined || parallelism === undefined) {
    return 'must be an argon2id hash as an export writes it';
  }
  const isCostly = memory > MOST.memoryCost || time > MOST.timeCost || parallelism > MOST.parallelism;
  // Fewer than 8 KiB a lane is no argon2.
  const isNone = time === 0 || parallelism === 0 || memory < 8 * parallelism;
  return isCostly || isNone ? 'must be an argon2id hash of usual cost' : undefined;
}

export function hashSecret(secret: string): Promise<string> {
  return hash(secret.normalize('NFC'), PARAMETERS);
}

export async function secretMatches(storedHash: string, secret: string): Promise<boolean> {
  return await verify(storedHash, secret.normalize('NFC'));
}
