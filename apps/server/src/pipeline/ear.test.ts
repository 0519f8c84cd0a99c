import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  userIdSchema,
} from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { speechFormat, type Span, type VoiceActivity } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import { attentive, type Conversation } from '../conversations/index.ts';
import { openEar, type EarStart } from './ear.ts';
import { scriptedDetector } from './scripted-detector.fake.ts';

const capture: Capture = {
  id: captureIdSchema.parse('c'.repeat(32)),
  userId: userIdSchema.parse('a'.repeat(24)),
  clientId: clientIdSchema.parse('aaaaaa-mic'),
  format: speechFormat,
  startedAt: 1_000_000,
  origin: 'live',
  state: 'live',
  awaySince: null,
  endedAt: null,
  endReason: null,
};
const firstId = conversationIdSchema.parse('00000000-0000-4000-8000-000000000001');

function setUp(start: Partial<EarStart> = {}) {
  const clock = fakeClock(capture.startedAt);
  const detector = scriptedDetector();
  const log: string[] = [];
  const watched: VoiceActivity[] = [];
  const recorded: { regions: readonly Span[]; analyzedMs: number }[] = [];
  let opened = 0;
  const storage = { isFull: false };
  const ear = openEar(
    {
      capture,
      fromMs: 0,
      recordedMs: 0,
      attention: attentive,
      conversationId: null,
      ...start,
    },
    {
      detector,
      clock,
      log: silentLog,
      settings: { timeoutMs: 90_000, contextMs: 5000 },
      async *readSamples(_capture, startMs, endMs) {
        yield new Int16Array((endMs - startMs) * 16).fill(1);
      },
      onActivity: (_capture, activity) => watched.push(activity),
      conversations: {
        async open({ startMs }) {
          if (storage.isFull) throw new Error('disk full');
          opened++;
          log.push(`open ${startMs}`);
          return {
            id: conversationIdSchema.parse(firstId.replace(/1$/, String(opened))),
          } as Conversation;
        },
        async extend(_user, _id, speechEndMs) {
          log.push(`extend ${speechEndMs}`);
        },
        async close(_user, _id, { reason, endMs, endedAt }) {
          if (storage.isFull) throw new Error('disk full');
          log.push(`close ${reason} ${endMs}`);
          expect(endedAt).toBe(capture.startedAt + endMs);
        },
        annotate: async () => null,
        add: () => Promise.reject(new Error('not here')),
        advance: () => Promise.reject(new Error('not here')),
        addTranscript: () => Promise.reject(new Error('not here')),
      },
      speech: {
        async record(_user, _capture, heard) {
          recorded.push(heard);
        },
        async finish() {
          log.push('finish');
        },
        listUnfinished: async () => [],
        analyzedMs: async () => 0,
        regions: async () => [],
      },
    },
  );
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  let atMs = start.recordedMs ?? 0;
  const say = async (ms: number, isSpeech: boolean): Promise<void> => {
    ear.hear(atMs, new Int16Array(ms * 16).fill(isSpeech ? 1 : 0));
    atMs += ms;
    clock.advance(ms);
    await settle();
  };
  return { ear, clock, detector, log, recorded, storage, watched, settle, say };
}

describe('an ear', () => {
  it('opens a conversation on speech and closes it after the timeout with no more sound', async () => {
    const { say, clock, settle, log } = setUp();
    await say(10_000, false);
    await say(4000, true);
    await say(3000, false);
    clock.advance(90_000);
    await settle();
    expect(log).toEqual(['open 5000', 'extend 14000', 'close timeout 17000']);
  });

  it('makes nothing of silence', async () => {
    const { say, clock, settle, log } = setUp();
    for (let i = 0; i < 20; i++) await say(30_000, false);
    clock.advance(3_600_000);
    await settle();
    expect(log).toEqual([]);
  });

  it('judges sound of the past by its own time: no clock closes it, and nobody watches', async () => {
    const past: Capture = { ...capture, origin: 'upload' };
    const { ear, say, clock, settle, log, watched } = setUp({ capture: past });
    await say(4000, true);
    clock.advance(3_600_000);
    await settle();
    ear.away(past);
    clock.advance(3_600_000);
    ear.back(past);
    await say(80_000, false);
    await say(4000, true);
    expect(log.filter((line) => !line.startsWith('extend'))).toEqual(['open 0']);
    await say(95_000, false);
    expect(log.at(-1)).toBe('close timeout 93000');
    expect(watched).toEqual([]);
  });

  it('waits while the device is away, and counts only silence it could hear', async () => {
    const { ear, say, clock, settle, log } = setUp();
    await say(4000, true);
    ear.away({ ...capture, state: 'away' });
    clock.advance(600_000);
    await settle();
    expect(log).toEqual(['open 0']);
    ear.back(capture);
    ear.skip({ startMs: 4000, endMs: 604_000 });
    await settle();
    clock.advance(89_000);
    await settle();
    expect(log.filter((line) => line.startsWith('close'))).toEqual([]);
    clock.advance(2000);
    await settle();
    expect(log.at(-1)).toMatch(/^close timeout/);
  });

  it('closes by hand at what was recorded, and opens anew behind that', async () => {
    const { ear, say, log } = setUp();
    await say(4000, true);
    expect(await ear.closeConversation('manual')).toBe(firstId);
    expect(await ear.closeConversation('manual')).toBeNull();
    await say(1000, true);
    expect(log.filter((line) => !line.startsWith('extend'))).toEqual([
      'open 0',
      'close manual 4000',
      'open 4000',
    ]);
  });

  it('loses no speech while the records can take nothing', async () => {
    const { ear, say, clock, settle, storage, log } = setUp();
    storage.isFull = true;
    await say(4000, true);
    await say(2000, false);
    await say(3000, true);
    expect(log).toEqual([]);
    storage.isFull = false;
    clock.advance(5000);
    await settle();
    expect(log[0]).toBe('open 0');
    storage.isFull = true;
    await expect(ear.end('stop', 9000)).rejects.toThrow('disk full');
    storage.isFull = false;
    await ear.end('stop', 9000);
    expect(log.slice(-2)).toEqual(['close stop 9000', 'finish']);
  });

  it('hears everything before it ends', async () => {
    const { ear, say, log, recorded } = setUp();
    await say(4000, true);
    await ear.end('stop', 4000);
    expect(log.slice(-2)).toEqual(['close stop 4000', 'finish'].slice(-2));
    expect(recorded.at(-1)?.analyzedMs).toBe(4000);
    expect(recorded.flatMap(({ regions }) => regions)).toContainEqual({ startMs: 0, endMs: 4000 });
  });

  it('goes on with an open conversation after a restart', async () => {
    const { ear, settle, log } = setUp({
      fromMs: 3000,
      recordedMs: 8000,
      attention: {
        kind: 'open',
        startMs: 0,
        speechEndMs: 5000,
        silentSinceMs: 5000,
        silentSinceAt: capture.startedAt,
      },
      conversationId: firstId,
    });
    await settle();
    await ear.end('disconnect', 8000);
    expect(log.filter((line) => line.startsWith('open'))).toEqual([]);
    expect(log).toContain('close disconnect 8000');
  });

  it('writes what it has heard at least every 5 s of sound, in the middle of speech too', async () => {
    const { say, recorded } = setUp();
    for (let i = 0; i < 12; i++) await say(1000, true);
    expect(recorded.map(({ analyzedMs }) => analyzedMs)).toEqual([5000, 10_000]);
    expect(recorded[1]?.regions).toEqual([{ startMs: 0, endMs: 10_000 }]);
  });
});
