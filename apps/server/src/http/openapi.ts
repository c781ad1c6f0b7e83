import { errors } from '@permission-slip/protocol/errors.ts'
import { z } from 'zod'
import type { Route } from './route.ts'
import { workedExample } from './signatures/example.ts'

const problem = {
  description: 'A problem (RFC 9457) with a stable `code` and `next`.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** OpenAPI 3.1 of every route, derived from what the dispatcher itself parses by. */
export function openApi(routes: readonly Route[], publicUrl: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const at = (paths[route.path] ??= {})
    at[route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Permission Slip',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'The approval gate for AI agents.',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code', 'next'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string', enum: Object.keys(errors) },
            next: { type: 'object' },
            errors: { type: 'array', items: { type: 'object', required: ['field', 'expected', 'got'] } },
            request_id: { type: 'string' },
          },
        },
      },
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description:
            'HTTP Message Signatures (RFC 9421), Ed25519, tag="permission-slip". A worked example is in x-signature-example.',
        },
        agentToken: { type: 'http', scheme: 'bearer', description: 'psa_…' },
        personToken: { type: 'http', scheme: 'bearer', description: 'psp_…' },
        session: { type: 'apiKey', in: 'cookie', name: 'ps_session' },
      },
    },
    'x-signature-example': workedExample(),
  }
}

function operation(route: Route): Record<string, unknown> {
  const agents = route.who.includes('agent') || route.who.includes('unconfirmed-agent')
  const people = route.who.some((w) => w === 'viewer' || w === 'approver' || w === 'owner')
  const security = route.who.includes('public')
    ? []
    : [
        ...(agents ? [{ signature: [] }, { agentToken: [] }] : []),
        ...(people ? [{ personToken: [] }, { session: [] }] : []),
      ]
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((m) => ({
    name: m[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = route.query
    ? (schema(route.query, 'input') as { properties?: Record<string, unknown>; required?: string[] })
    : {}
  const inQuery = Object.entries(query.properties ?? {}).map(([name, s]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) ?? false,
    schema: s,
  }))
  const answers = Object.entries(route.answers).map(([status, s]) => [
    status,
    { description: 'Done.', ...(s ? { content: { 'application/json': { schema: schema(s, 'output') } } } : {}) },
  ])
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[^a-zA-Z0-9]+(\w?)/g, (_m, c: string) => c.toUpperCase())}`,
    summary: route.summary,
    security,
    'x-who': route.who,
    'x-scope': route.scope,
    'x-logs': route.logs,
    parameters: [...inPath, ...inQuery],
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schema(route.body, 'input') } } } }
      : {}),
    responses: { ...Object.fromEntries(answers), default: problem },
  }
}

const schema = (s: z.ZodType, io: 'input' | 'output'): unknown => {
  const { $schema: _, ...made } = z.toJSONSchema(s, { io, unrepresentable: 'any' }) as Record<string, unknown>
  return made
}
