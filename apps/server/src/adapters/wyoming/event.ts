import { z } from 'zod';

/** One message of the Wyoming protocol (https://github.com/OHF-Voice/wyoming, "Format"). */
export interface WyomingEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Raw bytes, for example PCM. Empty when there are none. */
  readonly payload: Uint8Array;
}

/** What a peer may ask us to hold, in bytes. Real headers are short: the reference reader stops at 64 KiB. */
export const frameLimits = {
  header: 64 * 1024,
  data: 1024 * 1024,
  payload: 8 * 1024 * 1024,
} as const;

/** The peer does not speak the protocol. The stream cannot be read any further: there is no resynchronisation. */
export class WyomingFrameError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WyomingFrameError';
  }
}

const newline = 0x0a;
const nothing = new Uint8Array(0);

const dataSchema = z.record(z.string(), z.unknown());
const lengthSchema = z.int().nonnegative().nullish();
const headerSchema = z.object({
  type: z.string().min(1),
  data: dataSchema.nullish(),
  data_length: lengthSchema,
  payload_length: lengthSchema,
});
type Header = z.infer<typeof headerSchema>;

/**
 * The bytes of one event: header line, then `data` as a block of its own, then the payload.
 * Out of line is how the reference writer puts data, and what every reader since version 1.2 takes.
 */
export function encodeEvent(
  type: string,
  data: Readonly<Record<string, unknown>> = {},
  payload: Uint8Array = nothing,
): Uint8Array {
  const hasData = Object.keys(data).length > 0;
  const dataBlock = hasData ? Buffer.from(JSON.stringify(data)) : nothing;
  const header = {
    type,
    ...(hasData && { data_length: dataBlock.length }),
    ...(payload.length > 0 && { payload_length: payload.length }),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), dataBlock, payload]);
}

/** Turns a byte stream, cut anywhere, into events. */
export interface EventDecoder {
  /**
   * Takes the next bytes of the stream and hands every event they complete to the listener, in order.
   * Throws `WyomingFrameError` when the peer breaks the protocol or a limit, after the events before
   * the offence were handed over; from then on it throws always.
   */
  push(chunk: Uint8Array): void;
}

/**
 * Starts reading a stream. Inline data, out-of-line data, both (out-of-line keys win), neither,
 * `null` and `0` lengths are all taken. Holds one event at most, within `frameLimits`.
 */
export function eventDecoder(onEvent: (event: WyomingEvent) => void): EventDecoder {
  let block = new Block();
  let header: Header | null = null;
  let data: Readonly<Record<string, unknown>> | null = null;
  let failure: WyomingFrameError | null = null;

  /** Consumes what the current part of the event needs; returns the rest. */
  const take = (bytes: Uint8Array): Uint8Array => {
    if (header === null) {
      const lineEnd = bytes.indexOf(newline);
      block.add(bytes.subarray(0, lineEnd < 0 ? bytes.length : lineEnd));
      if (block.size > frameLimits.header) throw new WyomingFrameError('header too long');
      if (lineEnd < 0) return nothing;
      header = parseHeader(block.join());
      block = new Block();
      return bytes.subarray(lineEnd + 1);
    }
    const wanted = (data === null ? header.data_length : header.payload_length) ?? 0;
    const part = bytes.subarray(0, wanted - block.size);
    block.add(part);
    if (block.size === wanted) finishBlock(header);
    return bytes.subarray(part.length);
  };

  const finishBlock = (head: Header): void => {
    const bytes = block.join();
    block = new Block();
    if (data === null) {
      data = { ...head.data, ...(bytes.length > 0 && parseData(bytes)) };
      return;
    }
    const event = { type: head.type, data, payload: bytes };
    header = null;
    data = null;
    onEvent(event);
  };

  /** Parts of no bytes end without waiting for more. */
  const finishEmptyBlocks = (): void => {
    if (header !== null && data === null && !header.data_length) finishBlock(header);
    if (header !== null && data !== null && !header.payload_length) finishBlock(header);
  };

  return {
    push(chunk) {
      if (failure) throw failure;
      try {
        let rest = chunk;
        while (rest.length > 0) {
          rest = take(rest);
          finishEmptyBlocks();
        }
      } catch (error) {
        if (error instanceof WyomingFrameError) failure = error;
        throw error;
      }
    },
  };
}

/** Collects the pieces of one part of an event. */
class Block {
  size = 0;
  readonly #pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.size += piece.length;
  }

  join(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}

function parseHeader(bytes: Uint8Array): Header {
  const parsed = headerSchema.safeParse(parseJson(bytes, 'header'));
  if (!parsed.success) throw new WyomingFrameError('header is not a Wyoming header');
  const { data_length, payload_length } = parsed.data;
  if ((data_length ?? 0) > frameLimits.data) throw new WyomingFrameError('data too long');
  if ((payload_length ?? 0) > frameLimits.payload) throw new WyomingFrameError('payload too long');
  return parsed.data;
}

function parseData(bytes: Uint8Array): Record<string, unknown> {
  const parsed = dataSchema.safeParse(parseJson(bytes, 'data'));
  if (!parsed.success) throw new WyomingFrameError('data is not an object');
  return parsed.data;
}

function parseJson(bytes: Uint8Array, part: string): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return value;
  } catch (error) {
    throw new WyomingFrameError(`${part} is not JSON`, { cause: error });
  }
}
