import {
  markSound,
  startSpeakerService,
  type ScriptedWord,
  type UploadSimulator,
} from '@friend-lite/simulators';
import { userIdSchema } from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { speakerService } from './identifier.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const never = new AbortController().signal;

/** Ada for two seconds, then Bob. */
const script: readonly ScriptedWord[] = Array.from({ length: 10 }, (_, index) => ({
  word: `w${index}`,
  startMs: index * 400,
  endMs: index * 400 + 300,
  speaker: index < 5 ? 'ada' : 'bob',
}));
const sound = {
  pcm: markSound(new Uint8Array(5000 * 32), 0),
  userId,
  utterances: [
    { startMs: 0, endMs: 2000, text: 'w0 w1', speaker: null, confidence: null, words: [] },
    {
      startMs: 2000,
      endMs: 4000,
      text: 'w5',
      speaker: null,
      confidence: null,
      words: [{ startMs: 2000, endMs: 2300, text: 'w5', confidence: null }],
    },
  ],
};

let service: UploadSimulator;
beforeEach(async () => {
  service = await startSpeakerService({ script, enrolled: { '1': { ada: 'Ada' } } });
});
afterEach(() => service.close());

const open = (gallery: number | null = 1, clock = systemClock, baseUrl = service.url) =>
  speakerService({ baseUrl, similarityThreshold: 0.15, galleryOf: async () => gallery, clock });

describe('the speaker service', () => {
  it('tells voices apart and names those that are enrolled', async () => {
    expect(await open().identify(sound, never)).toEqual([
      { startMs: 0, endMs: 1900, label: 'Ada', name: 'Ada' },
      { startMs: 2000, endMs: 3900, label: 'SPEAKER_01', name: null },
    ]);
    const { fields, file } = service.requests[0]!;
    expect(file).toMatchObject({ name: 'speech.wav', byteCount: sound.pcm.length + 44 });
    expect(fields).toMatchObject({ user_id: ['1'], similarity_threshold: ['0.15'] });
    expect(JSON.parse(fields?.transcript_data?.[0] ?? '')).toEqual({
      text: 'w0 w1 w5',
      words: [
        { word: 'w0 w1', start: 0, end: 2 },
        { word: 'w5', start: 2, end: 2.3 },
      ],
    });
  });

  it('is asked in the name of each user, and not for those who have no voices there', async () => {
    const [first] = await open(2).identify(sound, never);
    expect(first).toMatchObject({ label: 'SPEAKER_00', name: null });
    expect(await open(null).identify(sound, never)).toEqual([]);
    expect(service.requests).toHaveLength(1);
  });

  it.each([
    [{ refuses: { status: 500 } }, 'transient'],
    [{ refuses: { status: 400 } }, 'bad-request'],
    [{ body: 'cut-json' }, 'transient'],
    [{ body: 'wrong-shape' }, 'transient'],
    [{ cut: { afterBytes: 10, how: 'reset' } }, 'transient'],
  ] as const)('fails with a class of its own: %j is %s', async (fault, failure) => {
    service.faults.next(fault);
    await expect(open().identify(sound, never)).rejects.toMatchObject({ failure });
  });

  it('is given up after two minutes, and when nobody waits any more', async () => {
    const clock = fakeClock();
    service.faults.always({ silent: true });
    const asked = open(1, clock).identify(sound, never);
    const late = expect(asked).rejects.toMatchObject({ failure: 'timeout' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    clock.advance(120_000);
    await late;
    const stop = new AbortController();
    const given = open().identify(sound, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(given).rejects.toThrow('stopped');
  });

  it('keeps times within the sound', async () => {
    service.faults.next({ clockSkewMs: 3000 });
    const voices = await open().identify(sound, never);
    expect(voices).toEqual([{ startMs: 3000, endMs: 4900, label: 'Ada', name: 'Ada' }]);
  });

  it('says whether it is there', async () => {
    expect(await open().probe(never)).toMatchObject({ available: true });
    service.faults.next({ on: 'models', refuses: { status: 503 } });
    expect(await open().probe(never)).toMatchObject({ available: false });
    const nobody = await open(1, systemClock, 'http://127.0.0.1:9').probe(never);
    expect(nobody.available ? '' : nobody.reason).toContain('SPEAKER_SERVICE_URL');
  });
});
