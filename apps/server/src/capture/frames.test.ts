import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorRegistry, maxSocketMessageBytes } from '@friend-lite/contract';
import {
  decodeFrame,
  initialFrameState,
  type FrameCommand,
  type FrameDialect,
  type FrameState,
  type SocketFrame,
} from './frames.ts';
import { noise } from './fakes.ts';

const text = (value: unknown): SocketFrame => ({ kind: 'text', text: JSON.stringify(value) });
const raw = (value: string): SocketFrame => ({ kind: 'text', text: value });
const binary = (byteCount: number, seed = 1): SocketFrame => ({
  kind: 'binary',
  bytes: noise(byteCount, seed),
});
const start = (data: unknown = { rate: 16_000, width: 2, channels: 1 }) =>
  text({ type: 'audio-start', data, version: '1.0.0', payload_length: null });
const chunk = (payloadLength: unknown, data: unknown = { rate: 16_000, width: 2, channels: 1 }) =>
  text({ type: 'audio-chunk', data, payload_length: payloadLength });
const stop = text({ type: 'audio-stop', data: { timestamp: 1 } });

const now = Date.parse('2025-06-15T12:00:00Z');
const plain: FrameDialect = { codec: 'pcm', isNumbered: false, maxLateMs: 3_600_000 };
const omi: FrameDialect = { ...plain, codec: 'opus' };
const numbered: FrameDialect = { ...plain, isNumbered: true };

/** What the frames yield, told shortly: `start`, `audio:<bytes>`, `stop`, or an error's code. */
function play(...frames: readonly SocketFrame[]): string[] {
  return run(frames).commands.map(describeCommand);
}

function run(frames: readonly SocketFrame[], dialect: FrameDialect = plain) {
  let state: FrameState = initialFrameState(dialect);
  const commands: FrameCommand[] = [];
  for (const frame of frames) {
    const step = decodeFrame(state, frame, dialect, now);
    state = step.state;
    commands.push(...step.commands);
  }
  return { state, commands };
}

function describeCommand(command: FrameCommand): string {
  if (command.type === 'error') return command.error.code;
  return command.type === 'payload' ? `audio:${command.bytes.byteLength}` : command.type;
}

describe('bare binary frames', () => {
  it('start implicitly with the first sound', () => {
    expect(play(binary(640), binary(4), binary(640))).toEqual([
      'start',
      'audio:640',
      'audio:4',
      'audio:640',
    ]);
  });

  it('that are empty mean nothing', () => {
    expect(play(binary(0))).toEqual([]);
  });
});

describe('events with a JSON header', () => {
  it('carry a recording from start to stop', () => {
    expect(play(start(), chunk(640), binary(640), chunk(2), binary(2), stop)).toEqual([
      'start',
      'audio:640',
      'audio:2',
      'stop',
    ]);
  });

  it('may end in a newline, and may lack data', () => {
    expect(play(raw('{"type":"audio-start"}\n'), binary(2))).toEqual(['start', 'audio:2']);
    expect(play(raw('{"type":"audio-start","data":null}\n'))).toEqual(['start']);
  });

  it('allow several recordings on one socket', () => {
    expect(play(start(), binary(2), stop, start(), binary(4), stop)).toEqual([
      'start',
      'audio:2',
      'stop',
      'start',
      'audio:4',
      'stop',
    ]);
  });

  it('ignore a second start while capturing', () => {
    expect(play(start(), binary(2), start(), binary(4))).toEqual(['start', 'audio:2', 'audio:4']);
  });

  it('ignore chunks without payload, pings and unknown events, whose payload is not sound', () => {
    expect(play(start(), chunk(null), chunk(0), chunk(undefined), binary(2))).toEqual([
      'start',
      'audio:2',
    ]);
    expect(
      play(text({ type: 'ping', t: 5 }), text({ type: 'ping', payload_length: null })),
    ).toEqual([]);
    expect(play(start(), text({ type: 'image', payload_length: 10 }), binary(10))).toEqual([
      'start',
    ]);
  });

  it('start implicitly when a chunk comes first', () => {
    expect(play(chunk(4), binary(4))).toEqual(['start', 'audio:4']);
  });

  it('drop what still arrives after the stop, and tell a client that goes on with bare frames once', () => {
    expect(play(start(), stop, chunk(4), binary(4))).toEqual(['start', 'stop']);
    expect(play(start(), stop, binary(4), binary(4), binary(4))).toEqual([
      'start',
      'stop',
      'unexpected_payload',
    ]);
  });
});

describe('formats', () => {
  const formatsOf = (dialect: FrameDialect, ...frames: readonly SocketFrame[]) =>
    run(frames, dialect).commands.flatMap((command) =>
      command.type === 'start' || command.type === 'format' ? [command] : [],
    );
  const pcm = (sampleRateHz: number, bytesPerSample: number, channels: number) => ({
    codec: 'pcm',
    sampleRateHz,
    bytesPerSample,
    channels,
  });

  it('are what the path says, where nothing is declared', () => {
    expect(formatsOf(plain, binary(2))).toMatchObject([{ format: pcm(16_000, 2, 1) }]);
    expect(formatsOf(omi, binary(2))).toMatchObject([{ format: { codec: 'opus' } }]);
  });

  it('are what a start declares; what it leaves out is as usual', () => {
    expect(formatsOf(plain, start({ rate: 48_000, width: 3, channels: 2 }))).toMatchObject([
      { type: 'start', format: pcm(48_000, 3, 2) },
    ]);
    expect(formatsOf(plain, start({ rate: 8000 }))).toMatchObject([{ format: pcm(8000, 2, 1) }]);
  });

  it('of an Opus path stay Opus, whatever PCM a mobile app declares', () => {
    expect(formatsOf(omi, start(), chunk(4), binary(4))).toMatchObject([
      { format: { codec: 'opus' } },
    ]);
  });

  it.each([
    ['codec', 'opus', 'opus'],
    ['encoding', 'OPUS', 'opus'],
    ['codec', 'opus_fs320', 'opus'],
    ['codec', 'pcm16', 'pcm'],
    ['encoding', 'linear16', 'pcm'],
  ])('may be named in a start: %s %s', (key, name, codec) => {
    const other = codec === 'opus' ? plain : omi;
    expect(formatsOf(other, start({ [key]: name }))).toMatchObject([{ format: { codec } }]);
  });

  it('may change within a recording, by a chunk or by a second start', () => {
    const changing = [start(), chunk(2, { rate: 8000 }), binary(2), binary(2), start()];
    expect(formatsOf(plain, ...changing)).toMatchObject([
      { type: 'start', format: pcm(16_000, 2, 1) },
      { type: 'format', format: pcm(8000, 2, 1) },
      { type: 'format', format: pcm(16_000, 2, 1) },
    ]);
  });

  it.each([{ rate: 1 }, { rate: 1_000_000 }, { width: 5 }, { channels: 9 }, { codec: 'mp3' }])(
    'that cannot be taken are refused with their sound, until the next start: %j',
    (format) => {
      expect(play(start(format), chunk(4), binary(4), binary(4), start(), binary(2))).toEqual([
        'unsupported_audio_format',
        'start',
        'audio:2',
      ]);
      expect(play(start(), chunk(4, { rate: 1 }), binary(4), chunk(2), binary(2))).toEqual([
        'start',
        'unsupported_audio_format',
        'audio:2',
      ]);
    },
  );

  it('that cannot be read are refused too', () => {
    expect(play(start({ rate: 'fast' }), binary(2))).toEqual(['invalid_header']);
  });
});

describe('sound that was recorded earlier', () => {
  const capturedAt = (...frames: readonly SocketFrame[]) =>
    run(frames).commands.flatMap((command) =>
      command.type === 'start' ? [command.capturedAt] : [],
    );
  const at = now - 60_000;

  it.each([[at], [new Date(at).toISOString()], ['2025-06-15T13:59:00+02:00']])(
    'begins at the time the start names: %s',
    (time) => {
      expect(capturedAt(start({ captured_at: time }))).toEqual([at]);
    },
  );

  it('is of its own with each start', () => {
    const late = start({ captured_at: at });
    expect(capturedAt(start(), binary(2), late, binary(2), late, start(), start())).toEqual([
      null,
      at,
      at,
      null,
    ]);
  });

  it.each([
    ['the future', now + 120_000],
    ['too long ago', now - 3_700_000],
    ['no time', 'yesterday'],
    ['a time without a zone', '2025-06-15T11:59:00'],
  ])('is refused from %s', (_, time) => {
    expect(play(start({ captured_at: time }), binary(2))).toEqual(['invalid_header']);
  });

  it('may be a moment ahead, by a clock that is', () => {
    expect(capturedAt(start({ captured_at: now + 30_000 }))).toEqual([now + 30_000]);
  });
});

describe('numbered frames', () => {
  const payloads = (...frames: readonly SocketFrame[]) =>
    run(frames, numbered).commands.map((command) =>
      command.type === 'payload' ? command.seq : describeCommand(command),
    );

  it('carry their numbers', () => {
    expect(
      payloads(start(), chunk(2, { seq: 1 }), binary(2), chunk(2, { seq: 2 }), binary(2)),
    ).toEqual(['start', 1, 2]);
  });

  it('are refused without one, and disturb nothing', () => {
    expect(
      payloads(start(), chunk(2), binary(2), binary(2), chunk(2, { seq: 1 }), binary(2)),
    ).toEqual(['start', 'invalid_header', 'unexpected_payload', 1]);
    expect(payloads(chunk(2, { seq: 0 }))).toEqual(['invalid_header']);
  });

  it('are not looked for where nobody asked for acks', () => {
    expect(run([chunk(2, { seq: 7 }), binary(2)]).commands.at(-1)).toMatchObject({ seq: null });
  });
});

describe('bad input', () => {
  it.each(['hello', '', '[]', 'null', '3', '"audio-start"', '{}', '{"type":7}', '{"type":'])(
    'text that is no event is answered and disturbs nothing: %s',
    (bad) => {
      expect(play(start(), raw(bad), binary(2))).toEqual(['start', 'invalid_json', 'audio:2']);
    },
  );

  it.each([-1, 1.5, 1e12, '640', Number.MAX_SAFE_INTEGER, maxSocketMessageBytes + 1, true, {}])(
    'an impossible payload_length is answered and the sound is kept: %j',
    (length) => {
      expect(play(start(), chunk(length), binary(4))).toEqual([
        'start',
        'invalid_header',
        'audio:4',
      ]);
    },
  );

  it('a payload of another length than announced is answered and kept', () => {
    expect(play(start(), chunk(640), binary(600))).toEqual([
      'start',
      'audio:600',
      'payload_mismatch',
    ]);
    expect(play(start(), chunk(640), binary(641), chunk(2), binary(2))).toEqual([
      'start',
      'audio:641',
      'payload_mismatch',
      'audio:2',
    ]);
    expect(play(start(), chunk(640), binary(0))).toEqual(['start', 'payload_mismatch']);
  });

  it('a second header in place of a payload is answered and takes effect', () => {
    expect(play(start(), chunk(640), chunk(2), binary(2))).toEqual([
      'start',
      'payload_mismatch',
      'audio:2',
    ]);
    expect(play(start(), chunk(640), stop)).toEqual(['start', 'payload_mismatch', 'stop']);
  });

  it('an error names what is wrong without repeating what came', () => {
    const secret = 'spoken-words';
    const { commands } = run([text({ type: 'audio-chunk', payload_length: secret }), raw(secret)]);
    for (const command of commands) {
      expect(command.type === 'error' && command.error.message).not.toContain(secret);
    }
  });
});

describe('whatever comes', () => {
  const anyHeader = fc.record(
    {
      type: fc.oneof(
        fc.constantFrom('audio-start', 'audio-chunk', 'audio-stop', 'ping', '__proto__'),
        fc.string(),
      ),
      data: fc.oneof(
        fc.record(
          {
            rate: fc.anything(),
            width: fc.anything(),
            channels: fc.anything(),
            codec: fc.anything(),
            seq: fc.anything(),
            captured_at: fc.oneof(fc.anything(), fc.integer(), fc.date().map(String)),
          },
          { requiredKeys: [] },
        ),
        fc.constant({ rate: 16_000, width: 2, channels: 1 }),
        fc.anything(),
      ),
      payload_length: fc.oneof(fc.nat(2000), fc.double(), fc.anything()),
    },
    { requiredKeys: ['type'] },
  );
  const anyFrame = fc.oneof(
    fc.string().map(raw),
    fc.json().map(raw),
    anyHeader.map((header) => {
      try {
        return text(header);
      } catch {
        return raw('{"unserializable"');
      }
    }),
    fc.uint8Array({ maxLength: 2000 }).map((bytes): SocketFrame => ({ kind: 'binary', bytes })),
    fc.constantFrom(start(), stop, chunk(640), binary(640), chunk(7)),
  );

  it('nothing throws, sound comes after a start only, and errors are in the registry', () => {
    const anyDialect = fc.constantFrom(plain, omi, numbered);
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 30 }), anyDialect, (frames, dialect) => {
        let isStarted = false;
        for (const command of run(frames, dialect).commands) {
          if (command.type === 'start') isStarted = true;
          if (command.type === 'stop') isStarted = false;
          if (command.type === 'payload') {
            expect(isStarted).toBe(true);
            expect(command.bytes.byteLength).toBeGreaterThan(0);
          }
          if (command.type === 'error') expect(errorRegistry).toHaveProperty(command.error.code);
        }
      }),
      { numRuns: 3400 },
    );
  });

  it('bare frames cut anywhere at whole samples give back the very bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500)), (sizes) => {
        const frames = sizes.map((samples, index) => binary(samples * 2, index));
        const sent = Buffer.concat(
          frames.map((f) => (f.kind === 'binary' ? f.bytes : Buffer.of())),
        );
        const taken = run(frames).commands.flatMap((c) => (c.type === 'payload' ? [c.bytes] : []));
        expect(Buffer.concat(taken).equals(sent)).toBe(true);
      }),
    );
  });

  it('100,000 mutated headers and payloads neither throw nor leave anything behind', () => {
    let random = 1;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    const texts = [start(), stop, chunk(40, { seq: 3 }), start({ captured_at: now - 1000 })].map(
      (frame) => (frame.kind === 'text' ? frame.text : ''),
    );
    let state = initialFrameState(numbered);
    for (let count = 0; count < 100_000; count += 1) {
      const bytes = Buffer.from(texts[next(texts.length)] ?? '');
      for (let flips = next(3); flips > 0; flips -= 1) bytes[next(bytes.length)] = next(256);
      const frame = next(3) === 0 ? binary(next(80), count) : raw(bytes.toString('utf8'));
      const step = decodeFrame(state, frame, count % 2 ? numbered : omi, now);
      state = step.state;
      expect(step.commands.length).toBeLessThan(5);
    }
    expect(JSON.stringify(state).length).toBeLessThan(1000);
  });
});
