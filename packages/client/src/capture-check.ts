import { captureCheckLineSchema, type CaptureCheckLine } from '@friend-lite/contract';
import { clientError } from './errors.ts';
import { send, type RequestOptions, type Transport } from './request.ts';

/** The longest a capture may take between two lines: a day of packed sound is about 2 minutes. */
const silenceLimitMs = 10 * 60_000;
const maxLineLength = 10_000;

/**
 * The lines of a check of all recordings, as they come; the last one is `done`.
 *
 * @throws ApiError when refused, and when the answer ends before `done` or stays silent for 10 minutes.
 */
export async function* captureCheck(
  transport: Transport,
  { signal }: Pick<RequestOptions, 'signal'> = {},
): AsyncGenerator<CaptureCheckLine> {
  const silence = new AbortController();
  const limit = AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]);
  let timer = setTimeout(() => silence.abort(), silenceLimitMs);
  try {
    const response = await send(transport, '/api/captures/check', {}, limit);
    let rest = '';
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceLimitMs);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const found = parseLine(line);
        yield found;
        if (found.type === 'done') return;
      }
      if (rest.length > maxLineLength) throw notUnderstood();
    }
    throw clientError('invalid_answer', 'The server stopped before the check was done');
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (silence.signal.aborted) {
      throw clientError('timeout', 'The server did not answer in time', error);
    }
    throw error instanceof TypeError
      ? clientError('network', 'The server cannot be reached', error)
      : error;
  } finally {
    clearTimeout(timer);
    // Whoever stops reading stops the check.
    silence.abort();
  }
}

function parseLine(line: string): CaptureCheckLine {
  try {
    return captureCheckLineSchema.parse(JSON.parse(line));
  } catch (error) {
    throw notUnderstood(error);
  }
}

function notUnderstood(cause?: unknown) {
  return clientError('invalid_answer', 'The answer of the server is not understood', cause);
}
