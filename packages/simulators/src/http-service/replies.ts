import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** How a request is refused. */
export interface RefusalFault {
  readonly status: number;
  /** Default `vendor`: the service's own; `detail`: as FastAPI writes it; `text` and `html`: as proxies do. */
  readonly form?: 'vendor' | 'detail' | 'text' | 'html';
  /** The vendor's own of that status, when left out. */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
}

/** What happens to an answer on its way. */
export interface TransportFault {
  /** Takes everything and answers nothing. */
  readonly silent?: boolean;
  /** Resets, or ends, the connection after so many bytes of the answer's body. */
  readonly cut?: { readonly afterBytes: number; readonly how: 'reset' | 'fin' };
  /** Sends one byte at a time. */
  readonly dribbles?: boolean;
}

/** An answer as it is put on the wire. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is not served, and why. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  /** The parameter that is to blame. */
  readonly param?: string;
}

export function jsonReply(value: unknown, status = 200): Reply {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** The list of models as OpenAI has it, and others after it. */
export function modelListReply(models: readonly string[]): Reply {
  const data = models.map((id) => ({ id, object: 'model', owned_by: 'simulated' }));
  return jsonReply({ object: 'list', data });
}

export function textReply(body: string): Reply {
  return { status: 200, contentType: 'text/plain; charset=utf-8', body };
}

/** What proxies answer. */
export const errorPage =
  '<!DOCTYPE html><html><head><title>Error</title></head><body>nginx</body></html>';

/** What a planned refusal looks like; `vendorReply` writes the vendor's own form. */
export function plannedRefusal(
  { status, form = 'vendor', code, retryAfterSeconds }: RefusalFault,
  vendorReply: (refusal: Refusal) => Reply,
): Reply {
  const message = `refused as planned with ${status}`;
  const forms: Readonly<Record<NonNullable<RefusalFault['form']>, () => Reply>> = {
    vendor: () => vendorReply({ status, message, ...(code !== undefined && { code }) }),
    detail: () => jsonReply({ detail: message }, status),
    text: () => ({ status, contentType: 'text/plain', body: message }),
    html: () => ({ status, contentType: 'text/html', body: errorPage }),
  };
  const headers: Readonly<Record<string, string>> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { ...forms[form](), headers };
}

/** Sends an answer as the fault has it. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  { cut, dribbles, silent }: TransportFault,
): Promise<void> {
  if (silent) return;
  const bytes = Buffer.from(reply.body);
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': bytes.length,
    connection: 'close',
    ...reply.headers,
  });
  response.flushHeaders();
  if (cut) {
    const socket = response.socket;
    response.write(bytes.subarray(0, cut.afterBytes), () => {
      if (cut.how === 'reset') socket?.resetAndDestroy();
      else socket?.destroySoon();
    });
    return;
  }
  if (dribbles) {
    for (const byte of bytes) {
      response.write(Uint8Array.of(byte));
      await setImmediate();
    }
    response.end();
    return;
  }
  response.end(bytes);
}
