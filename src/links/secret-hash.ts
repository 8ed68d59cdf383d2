import { hash, verify } from '@node-rs/argon2';

/** argon2id with OWASP's parameters: some 30 ms and 19 MiB in a thread of the pool, never on the event loop. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export function hashSecret(secret: string): Promise<string> {
  return hash(secret.normalize('NFC'), PARAMETERS);
}

export async function secretMatches(storedHash: string, secret: string): Promise<boolean> {
  return await verify(storedHash, secret.normalize('NFC'));
}
