import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tx } from '../../db/database.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';

export interface Answer<Body> {
  readonly status: 200 | 201;
  readonly body: Body;
  /** What a repetition is answered, when that may not be the first answer (secrets are shown once). */
  readonly repeated?: Body;
}

/** Another request with the same key was faster; what it answered is ours to repeat. */
class AnsweredMeanwhile extends Error {}

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
  const attempt = () =>
    context.database.transact(request.principal.actor, (tx) =>
      typeof key === 'string' ? answerOnce(tx, request, key, work) : work(tx),
    );
  const answer: Answer<Body> & { readonly isRepetition?: boolean } = await attempt().catch(
    (error: unknown) => {
      if (error instanceof AnsweredMeanwhile) return attempt();
      throw error;
    },
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
    .update(JSON.stringify([request.method, request.url, request.body]))
    .digest('hex');
  const stored = await tx.db
    .selectFrom('idempotent_answer')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (stored) {
    if (stored.fingerprint !== fingerprint) {
      throw new Failure(
        'idempotency-conflict',
        'This Idempotency-Key was used for a different request; use a new one.',
      );
    }
    return {
      status: stored.status as Answer<Body>['status'],
      body: JSON.parse(stored.body),
      isRepetition: true,
    };
  }
  const answer = await work(tx);
  const inserted = await tx.db
    .insertInto('idempotent_answer')
    .values({
      project_id: projectId,
      key,
      fingerprint,
      status: answer.status,
      body: JSON.stringify(answer.repeated ?? answer.body),
      created_at: Date.now(),
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'key']).doNothing())
    .returning('key')
    .execute();
  if (inserted.length === 0) throw new AnsweredMeanwhile();
  return answer;
}
