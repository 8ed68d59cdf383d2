import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tx } from '../../db/database.ts';
import { Failure } from '../../errors.ts';
import { SETTING_RULES, type SettingName } from '../../links/setting.ts';
import type { ApiContext } from '../api-context.ts';

export interface Answer<Body> {
  readonly status: 200 | 201;
  readonly body: Body;
  /** What a repetition is answered, when that may not be the first answer (secrets are shown once). */
  readonly repeated?: Body;
}

/**
 * Runs a POST in one transaction. With an `Idempotency-Key` its answer is stored in that same transaction: whoever
 * repeats the request gets the answer again, and the effect once.
 *
 * @throws Failure `idempotency-conflict`
 */
export async function post<Body>(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (tx: Tx) => Promise<Answer<Body>>,
): Promise<Body> {
  const key = request.headers['idempotency-key'];
  const answer: Answer<Body> & { readonly isRepetition?: boolean } = await context.database.transact(
    request.principal.actor,
    (tx) => (typeof key === 'string' ? answerOnce(tx, request, key, work) : work(tx)),
  );
  if (answer.isRepetition) reply.header('Idempotency-Replayed', 'true');
  reply.code(answer.status);
  return answer.body;
}

async function answerOnce<Body>(
  tx: Tx,
  request: FastifyRequest,
  key: string,
  work: (tx: Tx) => Promise<Answer<Body>>,
): Promise<Answer<Body> & { readonly isRepetition?: boolean }> {
  const { projectId } = request.principal;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([request.method, request.url, request.body], withoutSecrets))
    .digest('hex');
  // The key is taken before the work: who repeats the request at the same time waits here until it is done or undone.
  const taken = await tx.db
    .insertInto('idempotent_answer')
    .values({ project_id: projectId, key, fingerprint, status: 0, body: '', created_at: Date.now() })
    .onConflict((conflict) => conflict.columns(['project_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  if (!taken) return await repetition(tx, projectId, key, fingerprint);
  const answer = await work(tx);
  await tx.db
    .updateTable('idempotent_answer')
    .set({ status: answer.status, body: JSON.stringify(answer.repeated ?? answer.body) })
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .execute();
  return answer;
}

/** A hash of a short password could be guessed: the fingerprint is of everything else. */
function withoutSecrets(name: string, value: unknown): unknown {
  return Object.hasOwn(SETTING_RULES, name) && SETTING_RULES[name as SettingName].secret
    ? typeof value
    : value;
}

async function repetition<Body>(
  tx: Tx,
  projectId: number,
  key: string,
  fingerprint: string,
): Promise<Answer<Body> & { readonly isRepetition: true }> {
  const stored = await tx.db
    .selectFrom('idempotent_answer')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (stored.fingerprint !== fingerprint) {
    throw new Failure(
      'idempotency-conflict',
      'This Idempotency-Key was used for a different request; use a new one.',
    );
  }
  const status = stored.status as Answer<Body>['status'];
  return { status, body: JSON.parse(stored.body), isRepetition: true };
}
