import { errorMessage, type ErrorBody } from '@friend-lite/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Socket } from 'node:net';
import { AppError, type Log } from '../base/index.ts';
import type { App } from './fastify.ts';
import type { RouteTable } from './route-table.ts';

/** One thing wrong with a request, in the shape existing clients know. */
interface Problem {
  readonly type: string;
  /** Where: `body`, `query` or `path`, then the keys. */
  readonly loc: readonly string[];
  readonly msg: string;
}

/**
 * Answers every failure with the one error body: `{detail, code, error, message}`. A client is told only
 * sentences of the error registry; what else went wrong goes to the log.
 */
export function registerErrors(app: App, log: Log, routes: RouteTable): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problems = problemsOf(error);
    const answer = toAppError(error, problems, request.routeOptions.bodyLimit);
    if (answer.code === 'internal') {
      log.error('request failed', error, {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
      });
    }
    const { seconds, conversationId } = answer.params;
    if (seconds !== undefined) reply.header('retry-after', seconds);
    if (answer.code === 'conversation_merged' && conversationId !== undefined) {
      reply.header('location', `/api/conversations/${conversationId}`);
    }
    return reply
      .status(answer.status)
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(errorBody(answer, problems));
  });

  app.setNotFoundHandler((request, reply) => refuseUnknown(request, reply, routes));
}

/**
 * Refuses a request that no route takes.
 *
 * @throws AppError `method_not_allowed` where a route takes other methods, else `not_found`.
 */
export function refuseUnknown(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: RouteTable,
): never {
  const methods = routes.methodsFor(request.url);
  if (methods.length === 0 || methods.includes(request.method)) throw new AppError('not_found');
  reply.header('allow', methods.join(', '));
  throw new AppError('method_not_allowed');
}

/** The one error body. `error` and `message` repeat the sentence for older clients. */
export function errorBody(error: AppError, problems: readonly Problem[] = []): ErrorBody {
  return {
    detail: problems.length > 0 ? problems : error.message,
    code: error.code,
    error: error.message,
    message: error.message,
  };
}

/** Answers an address that cannot be decoded, or is too long, and so is nowhere. */
export function refuseUnroutable(
  _error: unknown,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const error = new AppError('not_found');
  void reply.status(error.status).type('application/json; charset=utf-8').send(errorBody(error));
}

/** Answers bytes that are not HTTP, for which there is no request. */
export function refuseGarbage(_error: unknown, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    errorBody(new AppError('invalid_request', { problem: 'This is not an HTTP request' })),
  );
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function toAppError(
  error: FastifyError,
  problems: readonly Problem[],
  limitBytes: number,
): AppError {
  if (error instanceof AppError) return error;
  const [problem] = problems;
  if (problem) {
    const [place, ...keys] = problem.loc;
    const where = keys.length > 0 ? keys.join('.') : place;
    return new AppError('invalid_request', { problem: `${where}: ${problem.msg}` });
  }
  // What the framework and its plugins throw.
  const status = error.statusCode ?? 500;
  if (status === 404) return new AppError('not_found');
  if (status === 406 || status === 415) return new AppError('unsupported_media_type');
  if (status === 413) return new AppError('payload_too_large', { limitBytes });
  return status >= 400 && status < 500
    ? new AppError('invalid_request', { problem: 'The request is malformed' })
    : new AppError('internal');
}

/** Fastify's codes for a body that is not the JSON it says it is. */
const jsonErrorCodes = ['FST_ERR_CTP_INVALID_JSON_BODY', 'FST_ERR_CTP_EMPTY_JSON_BODY'];

function problemsOf(error: FastifyError): readonly Problem[] {
  if (jsonErrorCodes.includes(error.code)) {
    return [{ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' }];
  }
  if (!hasZodFastifySchemaValidationErrors(error)) return [];
  const place = placeOf(error.validationContext);
  return error.validation.map(({ keyword, instancePath, message }) => {
    const loc = [place, ...instancePath.split('/').filter((key) => key !== '')];
    // A field that is absent fails as one of the wrong type; existing clients know it by this name.
    return message?.endsWith('received undefined')
      ? { type: 'missing', loc, msg: 'Field required' }
      : {
          type: keyword,
          loc,
          msg: message ?? errorMessage('invalid_request', { problem: keyword }),
        };
  });
}

function placeOf(context: FastifyError['validationContext']): string {
  switch (context) {
    case 'querystring':
      return 'query';
    case 'params':
      return 'path';
    default:
      return context ?? 'body';
  }
}
