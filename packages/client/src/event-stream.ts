/** One message of a `text/event-stream` body. `id` is the last id seen, as EventSource keeps it. */
export interface StreamMessage {
  readonly id: string | null;
  readonly data: string;
}

/** Longest line accepted, characters: far above any event, far below harm. */
const maxLineLength = 1_000_000;

/**
 * Reads `text/event-stream` text piece by piece, however it is cut, and returns the messages each piece
 * completes. Comments and messages without data are dropped.
 *
 * @throws RangeError when a line or a message grows past its bound.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventStreamParser(): (piece: string) => StreamMessage[] {
  let rest = '';
  let isStart = true;
  let lastId: string | null = null;
  let data: string[] = [];
  let dataLength = 0;

  const readField = (line: string): void => {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id' && !value.includes('\0')) lastId = value;
    if (name === 'data') {
      data.push(value);
      dataLength += value.length;
    }
  };

  return (piece) => {
    rest += isStart ? piece.replace(/^\uFEFF/, '') : piece;
    if (piece !== '') isStart = false;
    const messages: StreamMessage[] = [];
    // A final CR may be the first half of a CRLF whose LF is still to come.
    const lines = rest.split(/\r\n|\n|\r(?=[^\n])/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        readField(line);
      } else if (data.length > 0) {
        messages.push({ id: lastId, data: data.join('\n') });
        data = [];
        dataLength = 0;
      }
    }
    if (rest.length > maxLineLength || dataLength > maxLineLength) {
      throw new RangeError('A message of the event stream is too long');
    }
    return messages;
  };
}
