import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import type { NumberedEvent } from '../events/index.ts';
import { openEventStream } from './event-stream.ts';

function setUp(isCurrent = async () => true) {
  const clock = fakeClock();
  const listeners = new Set<(event: NumberedEvent) => void>();
  const stream = openEventStream(
    {
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      isCurrent,
    },
    clock,
  );
  const publish = (id: string, kind = 'transcribe') => {
    for (const listener of listeners) {
      listener({ id, event: { type: 'job', job_id: id, kind, state: 'done' } });
    }
  };
  return { clock, listeners, stream, publish };
}

const text = (stream: { read(): Buffer | string | null }) => String(stream.read() ?? '');
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('an event stream', () => {
  it('says how to reconnect, then sends each event with its id, type and data', () => {
    const { stream, publish } = setUp();
    publish('p-1');

    expect(text(stream)).toBe(
      'retry: 2000\n\n' +
        'id: p-1\nevent: job\ndata: {"type":"job","job_id":"p-1","kind":"transcribe","state":"done"}\n\n',
    );
  });

  it('keeps the line alive every 15 s', async () => {
    const { stream, clock } = setUp();
    text(stream);

    for (let beat = 0; beat < 3; beat++) {
      clock.advance(14_999);
      expect(text(stream)).toBe('');
      clock.advance(1);
      await settled();
      expect(text(stream)).toBe(':\n\n');
    }
  });

  it('ends when the session it was opened with has ended', async () => {
    const { stream, clock, listeners } = setUp(async () => false);
    stream.resume();
    const ended = new Promise((resolve) => stream.once('close', resolve));
    clock.advance(15_000);

    await ended;
    expect(listeners.size).toBe(0);
  });

  it('drops a client that does not read, and forgets it', async () => {
    const { stream, publish, listeners } = setUp();
    for (let index = 0; index < 100; index++) publish(`p-${index}`, 'x'.repeat(4000));
    await settled();

    expect(stream.destroyed).toBe(true);
    expect(listeners.size).toBe(0);
  });

  it('stops beating once it is destroyed', async () => {
    let asked = 0;
    const { stream, clock } = setUp(async () => {
      asked += 1;
      return true;
    });
    stream.destroy();
    await settled();
    clock.advance(60_000);

    expect(asked).toBe(0);
  });
});
