import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorRegistry, maxSocketMessageBytes } from '@friend-lite/contract';
import {
  decodeFrame,
  initialFrameState,
  type FrameCommand,
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

/** What the frames yield, told shortly: `start`, `audio:<bytes>`, `stop`, or an error's code. */
function play(...frames: readonly SocketFrame[]): string[] {
  return run(frames).commands.map(describeCommand);
}

function run(frames: readonly SocketFrame[]) {
  let state: FrameState = initialFrameState;
  const commands: FrameCommand[] = [];
  for (const frame of frames) {
    const step = decodeFrame(state, frame);
    state = step.state;
    commands.push(...step.commands);
  }
  return { state, commands };
}

function describeCommand(command: FrameCommand): string {
  if (command.type === 'error') return command.error.code;
  return command.type === 'audio' ? `audio:${command.pcm.byteLength}` : command.type;
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

  it('lose the dangling byte of an odd count and keep whole samples', () => {
    const { commands } = run([binary(641)]);
    expect(commands.map(describeCommand)).toEqual(['start', 'audio:640', 'odd_byte_count']);
    expect(commands[1]).toEqual({ type: 'audio', pcm: noise(641).subarray(0, 640) });
    expect(play(binary(640), binary(1), binary(2))).toEqual([
      'start',
      'audio:640',
      'odd_byte_count',
      'audio:2',
    ]);
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
  it.each([
    { rate: 48_000, width: 2, channels: 1 },
    { rate: 16_000, width: 4, channels: 1 },
    { rate: 16_000, width: 2, channels: 2 },
  ])('other than 16 kHz 16-bit mono are refused with their sound: %j', (format) => {
    expect(play(start(format), chunk(4), binary(4), binary(4), stop)).toEqual([
      'unsupported_audio_format',
      'stop',
    ]);
  });

  it('that change within a recording are refused from there, until the next start', () => {
    expect(play(start(), binary(2), start({ rate: 8000 }), binary(2), start(), binary(4))).toEqual([
      'start',
      'audio:2',
      'unsupported_audio_format',
      'start',
      'audio:4',
    ]);
  });

  it('of a single chunk are refused with that chunk', () => {
    expect(play(start(), chunk(2, { rate: 44_100 }), binary(2), chunk(4), binary(4))).toEqual([
      'start',
      'unsupported_audio_format',
      'audio:4',
    ]);
  });

  it('that cannot be read are refused too', () => {
    expect(play(start({ rate: 'fast' }), binary(2))).toEqual(['invalid_header']);
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

  it('a payload of another length than announced is answered and kept in whole samples', () => {
    expect(play(start(), chunk(640), binary(600))).toEqual([
      'start',
      'audio:600',
      'payload_mismatch',
    ]);
    expect(play(start(), chunk(640), binary(641), chunk(2), binary(2))).toEqual([
      'start',
      'audio:640',
      'odd_byte_count',
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
        fc.record({ rate: fc.anything(), width: fc.anything(), channels: fc.anything() }),
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

  it('nothing throws, sound is whole samples after a start, and errors are in the registry', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 30 }), (frames) => {
        let isStarted = false;
        for (const command of run(frames).commands) {
          if (command.type === 'start') isStarted = true;
          if (command.type === 'stop') isStarted = false;
          if (command.type === 'audio') {
            expect(isStarted).toBe(true);
            expect(command.pcm.byteLength).toBeGreaterThan(0);
            expect(command.pcm.byteLength % 2).toBe(0);
          }
          if (command.type === 'error') expect(errorRegistry).toHaveProperty(command.error.code);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('bare frames cut anywhere at whole samples give back the very bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500)), (sizes) => {
        const frames = sizes.map((samples, index) => binary(samples * 2, index));
        const sent = Buffer.concat(
          frames.map((f) => (f.kind === 'binary' ? f.bytes : Buffer.of())),
        );
        const taken = run(frames).commands.flatMap((c) => (c.type === 'audio' ? [c.pcm] : []));
        expect(Buffer.concat(taken).equals(sent)).toBe(true);
      }),
    );
  });
});
