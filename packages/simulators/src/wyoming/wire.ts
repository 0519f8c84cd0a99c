/**
 * The simulator's own reading and writing of Wyoming messages. It shares no code with the server's, so
 * that a mistake in one is seen by the other.
 */

/** A JSON object, as far as anybody looked. */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface WyomingMessage {
  readonly type: string;
  readonly data: JsonObject;
  readonly payload: Uint8Array;
}

/**
 * Where a message's data stands: in the header (peers before 1.2), in a block of its own (the reference),
 * or in both: then the header's values are stale (`null`) and the block's count.
 */
export type DataStyle = 'inline' | 'out-of-line' | 'both';

/** The bytes of a message without payload. */
export function writeMessage(type: string, data: JsonObject, style: DataStyle): Buffer {
  const block = style === 'inline' ? '' : JSON.stringify(data);
  const stale = Object.fromEntries(Object.keys(data).map((key) => [key, null]));
  const header = {
    type,
    version: '1.9.0',
    ...(style === 'inline' && { data }),
    ...(style === 'both' && { data: stale }),
    ...(style !== 'inline' && { data_length: Buffer.byteLength(block) }),
  };
  return Buffer.from(`${JSON.stringify(header)}\n${block}`);
}

/** Takes a stream's chunks and calls `onMessage` for every whole message. Throws when it is not Wyoming. */
export function messageReader(
  onMessage: (message: WyomingMessage) => void,
): (chunk: Uint8Array) => void {
  let unread = Buffer.alloc(0);

  const readOne = (): boolean => {
    const lineEnd = unread.indexOf('\n');
    if (lineEnd < 0) return false;
    const header = parseObject(unread.toString('utf8', 0, lineEnd));
    const dataEnd = lineEnd + 1 + lengthIn(header, 'data_length');
    const end = dataEnd + lengthIn(header, 'payload_length');
    if (unread.length < end) return false;
    const block = unread.toString('utf8', lineEnd + 1, dataEnd);
    const data = {
      ...(isObject(header.data) && header.data),
      ...(block !== '' && parseObject(block)),
    };
    const payload = Uint8Array.from(unread.subarray(dataEnd, end));
    unread = unread.subarray(end);
    if (typeof header.type !== 'string') throw new Error('message without a type');
    onMessage({ type: header.type, data, payload });
    return true;
  };

  return (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    while (readOne());
  };
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('not a JSON object');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lengthIn(header: JsonObject, key: 'data_length' | 'payload_length'): number {
  const length = header[key] ?? 0;
  if (typeof length !== 'number') throw new Error(`${key} is not a number`);
  return length;
}
