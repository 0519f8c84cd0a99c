import { STATUS_CODES } from 'node:http';
import type { DeepgramFault, ErrorForm, RefusalFault } from './faults.ts';

/** An answer as it is put on the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The code that the vendor's documentation has for a status. */
const codes: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'INVALID_AUTH',
  402: 'ASR_PAYMENT_REQUIRED',
  403: 'INSUFFICIENT_PERMISSIONS',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
};

export function jsonAnswer(value: object, status = 200): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** A refusal in one of the vendor's forms; `message` is put where a message goes. */
export function refusalAnswer(
  { status, form = 'legacy', code = codes[status] ?? 'INTERNAL_SERVER_ERROR' }: RefusalFault,
  requestId: string,
  message = STATUS_CODES[status] ?? 'refused',
): HttpAnswer {
  // Only the code fits a header for sure.
  const headers = { 'dg-error': code };
  const ofForm: Readonly<Record<ErrorForm, () => HttpAnswer>> = {
    legacy: () => jsonAnswer({ err_code: code, err_msg: message, request_id: requestId }, status),
    modern: () =>
      jsonAnswer({ category: code, message, details: message, request_id: requestId }, status),
    text: () => ({ status, contentType: 'text/plain', body: message }),
  };
  return { ...ofForm[form](), headers };
}

/** What a fault makes of an answer with a transcript. */
export function spoilt(answer: HttpAnswer, { body, contentType }: DeepgramFault): HttpAnswer {
  const bodies = {
    'cut-json': answer.body.slice(0, answer.body.length / 2),
    'not-json': '<html><body>Welcome</body></html>',
    'wrong-shape': JSON.stringify({ results: { channels: 'none' } }),
  };
  const isReplaced = body === 'cut-json' || body === 'not-json' || body === 'wrong-shape';
  return {
    ...answer,
    ...(contentType !== undefined && { contentType }),
    ...(isReplaced && { body: bodies[body] }),
  };
}

/** The bytes of an answer; the connection is to be closed after it. */
export function answerBytes(
  { status, contentType, body, headers = {} }: HttpAnswer,
  requestId: string,
  { chunked, body: bodyFault }: DeepgramFault,
): Uint8Array {
  const content = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    `content-type: ${contentType}`,
    `dg-request-id: ${requestId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    chunked ? 'transfer-encoding: chunked' : `content-length: ${content.length}`,
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (chunked) return Buffer.concat([head, inChunks(content)]);
  const sent = bodyFault === 'cut-off' ? content.subarray(0, content.length / 2) : content;
  return Buffer.concat([head, sent]);
}

function inChunks(content: Uint8Array): Uint8Array {
  const size = 100;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}
