import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { success } from './envelope.ts';
import { codeFormRule } from './link-schema.ts';
import { Refusal } from './refusal.ts';
import { needs } from './route-options.ts';

const AVAILABLE = 'Code is available for use';
const TAKEN = 'Code is already in use';
const RESERVED = 'Code is reserved and cannot be used';

export function registerCodeRoutes(api: FastifyInstance, context: ApiContext): void {
  api.get<{ Params: { code: string } }>('/links/check/:code', needs('links:read'), async (request) => {
    const { code } = request.params;
    const malformed = codeFormRule(code);
    if (malformed !== undefined) {
      throw new Refusal('VALIDATION_ERROR', { problems: [{ field: 'code', message: malformed }] });
    }
    if (context.reserved.has(code)) return success({ code, available: false, message: RESERVED });
    const { projectId } = request.principal;
    const available = await context.links.isFree(projectId, context.domains.default.id, code);
    return success({ code, available, message: available ? AVAILABLE : TAKEN });
  });
}
