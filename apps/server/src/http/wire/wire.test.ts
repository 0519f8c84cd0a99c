import { conversationSchema, memorySchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../../base/fake-clock.ts';
import { timelineOf } from '../../conversations/index.ts';
import { openHouse, startedAt, type House } from '../house.fake.ts';
import { audioPathOf, parseAudioPath } from './audio-path.ts';
import { conversationBody, conversationPageBody, groupedConversationBody } from './conversation.ts';
import { memoryBody } from './memory.ts';
import { userBody } from './user.ts';

let ada: ReturnType<House['of']>;
beforeAll(async () => {
  ada = (await openHouse(fakeClock())).of('ada');
});

describe('wire mappers', () => {
  it('show a user under both names of the id and without the hash', () => {
    const body = userBody(ada.user);

    expect(body).toMatchObject({ id: ada.user.id, _id: ada.user.id, is_verified: true });
    expect(JSON.stringify(body)).not.toContain('$2b$');
  });

  it('show a conversation in ISO times, seconds and snake case', () => {
    const body = conversationSchema.strict().parse(conversationBody(ada.conversation));
    const audioUuid = '11111111000040008000000000000000';

    expect(body).toMatchObject({
      conversation_id: ada.conversation.id,
      audio_uuid: audioUuid,
      started_at: '2025-06-15T12:00:00.250Z',
      duration_seconds: 8,
      state: 'closed',
      stages: { crop_audio: { state: 'done', detail: 'cropped' } },
      audio_path: `1749988800_${ada.device.clientId}_${audioUuid}.wav`,
      cropped_audio_path: `1749988800_${ada.device.clientId}_${audioUuid}_cropped.wav`,
    });
  });

  it('show an open conversation without an end and without a cropped file', () => {
    const body = conversationBody({
      ...ada.conversation,
      phase: 'open',
      endedAt: null,
      closeReason: null,
      stages: {
        transcribe: { state: 'pending' },
        extractMemories: { state: 'pending' },
        cropAudio: { state: 'pending' },
      },
    });

    expect(body).toMatchObject({
      ended_at: null,
      cropped_audio_path: null,
      stages: { transcribe: { state: 'pending', detail: null } },
    });
  });

  it('say why a stage waits, was skipped or failed', () => {
    const { stages } = conversationBody({
      ...ada.conversation,
      stages: {
        transcribe: { state: 'waiting', reason: 'no-transcriber' },
        extractMemories: { state: 'skipped', reason: 'no-words' },
        cropAudio: { state: 'failed', reason: 'internal-error' },
      },
    });

    expect(stages).toEqual({
      transcribe: { state: 'waiting', detail: 'no-transcriber' },
      extract_memories: { state: 'skipped', detail: 'no-words' },
      crop_audio: { state: 'failed', detail: 'internal-error' },
    });
  });

  it('count words, speech and memories in seconds from the start of the conversation', () => {
    const details = {
      conversation: ada.conversation,
      transcript: ada.transcript,
      memories: [ada.memory],
      speech: [{ startMs: 1000, endMs: 7000 }],
      speakers: new Map(),
    };
    const { conversation } = conversationPageBody(details, [ada.transcript], []);

    expect(conversation.segments).toMatchObject([
      { start: 1, end: 3.5, started_at: '2025-06-15T12:00:01.250Z', speaker: 'speaker 1' },
    ]);
    expect(conversation.speech_segments).toEqual([{ start: 1, end: 7 }]);
    expect(conversation.memories[0]?.provenance).toMatchObject({ start: 1, end: 3.5 });
    expect(groupedConversationBody(details)).toMatchObject({
      timestamp: 1_749_988_800,
      transcript: [{ speaker: 'speaker 1', text: 'spoken by ada@example.com', start: 1, end: 3.5 }],
      speakers_identified: ['speaker 1'],
      memories: [{ memory_id: ada.memory.id }],
    });
  });

  it('leave out the time between ranges', () => {
    const [range] = ada.conversation.ranges;
    if (!range) throw new Error('it claims nothing');
    // Its second half was recorded an hour later.
    const later = { ...range, captureStartedAt: range.captureStartedAt + 3_600_000 };
    const ranges = [
      { ...range, endMs: 6000 },
      { ...later, startMs: 6000 },
    ];
    const [utterance] = ada.transcript.utterances;
    if (!utterance) throw new Error('nobody speaks');
    const moved = { startMs: startedAt + 3_605_000, endMs: startedAt + 3_606_000 };
    const { conversation } = conversationPageBody(
      {
        conversation: { ...ada.conversation, ranges },
        transcript: { ...ada.transcript, utterances: [utterance, { ...utterance, ...moved }] },
        memories: [{ ...ada.memory, provenance: { ...ada.memory.provenance, ...moved } }],
        speech: [],
        speakers: new Map(),
      },
      [],
      [],
    );

    expect(conversation.segments).toMatchObject([
      { start: 1, end: 3.5, started_at: '2025-06-15T12:00:01.250Z' },
      { start: 5, end: 6, started_at: '2025-06-15T13:00:05.250Z' },
    ]);
    expect(conversation.memories[0]?.provenance).toMatchObject({ start: 5, end: 6 });
    expect(conversation.duration_seconds).toBe(8);
  });

  it('show no transcript where there is none, which is not an empty one', () => {
    const details = {
      conversation: { ...ada.conversation, activeTranscriptId: null },
      transcript: null,
      memories: [],
      speech: [],
      speakers: new Map(),
    };

    expect(conversationPageBody(details, [], []).conversation).toMatchObject({
      transcript: null,
      segments: [],
      active_transcript_version: null,
    });
  });

  it('show a memory with where it comes from', () => {
    const body = memorySchema.strict().parse(memoryBody(ada.memory, timelineOf(ada.conversation)));

    expect(body).toMatchObject({
      memory: 'remembered for ada@example.com',
      valid_until: null,
      provenance: { conversation_id: ada.conversation.id, start: 1, end: 3.5 },
    });
  });
});

describe('audio paths', () => {
  it('come back as what they were made of', () => {
    for (const kind of ['whole', 'cropped'] as const) {
      expect(parseAudioPath(audioPathOf(ada.conversation, kind))).toEqual({
        id: ada.conversation.id,
        kind,
      });
    }
  });

  it('are nothing else', () => {
    fc.assert(fc.property(fc.string(), (path) => parseAudioPath(path) === null));
    expect(parseAudioPath('../../etc/passwd')).toBeNull();
    expect(parseAudioPath('')).toBeNull();
  });
});
