import {
  audioUuidOf,
  type ConversationBody,
  type ConversationPageBody,
  type GroupedConversationBody,
  type SegmentBody,
  type UtteranceId,
  type WholeTranscriptVersionBody,
} from '@friend-lite/contract';
import type { Span } from '../../audio/index.ts';
import type { Gap } from '../../capture/index.ts';
import {
  stateOf,
  timelineOf,
  type Conversation,
  type Person,
  type Stage,
  type Timeline,
  type TranscriptVersion,
  type Utterance,
} from '../../conversations/index.ts';
import type { Memory } from '../../memory/index.ts';
import { audioPathOf } from './audio-path.ts';
import { memoryBody } from './memory.ts';
import { isoTime, seconds, secondsSpan, unixSeconds } from './time.ts';

/** A conversation with all that is shown on its page. Spans are ms from its start. */
export interface ConversationDetails {
  readonly conversation: Conversation;
  readonly transcript: TranscriptVersion | null;
  readonly memories: readonly Memory[];
  readonly speech: readonly Span[];
  readonly speakers: Speakers;
}

/** Whose the utterances are that somebody named. */
export type Speakers = ReadonlyMap<UtteranceId, Person>;

export function conversationBody(conversation: Conversation): ConversationBody {
  const { stages, croppedSpans } = conversation;
  // Retention may have taken the copy since.
  const isCropped = stages.cropAudio.state === 'done' && croppedSpans !== null;
  return {
    conversation_id: conversation.id,
    audio_uuid: audioUuidOf(conversation.id),
    client_id: conversation.clientId,
    user_id: conversation.userId,
    created_at: isoTime(conversation.createdAt),
    started_at: isoTime(conversation.startedAt),
    ended_at: conversation.endedAt === null ? null : isoTime(conversation.endedAt),
    duration_seconds: seconds(timelineOf(conversation).durationMs),
    state: stateOf(conversation),
    close_reason: conversation.closeReason,
    stages: {
      transcribe: stageBody(stages.transcribe),
      extract_memories: stageBody(stages.extractMemories),
      crop_audio: stageBody(stages.cropAudio),
    },
    title: conversation.title,
    summary: conversation.summary,
    audio_path: conversation.ranges.length > 0 ? audioPathOf(conversation, 'whole') : null,
    cropped_audio_path: isCropped ? audioPathOf(conversation, 'cropped') : null,
    segment_count: conversation.utteranceCount,
    has_memory: conversation.memoryCount > 0,
    memory_count: conversation.memoryCount,
    coverage: conversation.coverage,
    pinned: conversation.isPinned,
  };
}

/** @param gaps stretches of the conversation of which there is no sound. */
export function conversationPageBody(
  details: ConversationDetails,
  versions: readonly TranscriptVersion[],
  gaps: readonly Gap[],
): ConversationPageBody {
  const { conversation, transcript, memories, speech, speakers } = details;
  const timeline = timelineOf(conversation);
  return {
    conversation: {
      ...conversationBody(conversation),
      ...(conversation.croppedSpans
        ? { cropped_segments: conversation.croppedSpans.map(secondsSpan) }
        : {}),
      transcript: transcript?.utterances.map(({ text }) => text).join(' ') ?? null,
      segments: (transcript?.utterances ?? []).map((utterance) =>
        segmentBody(utterance, timeline, speakers),
      ),
      memories: memories.map((memory) => memoryBody(memory, timeline)),
      ranges: conversation.ranges.map((range) => ({
        capture_id: range.captureId,
        ...secondsSpan(range),
      })),
      speech_segments: speech.map(secondsSpan),
      gaps: gaps.map((gap) => ({
        ...secondsSpan(gap),
        ...(gap.isRemoved ? { removed: true as const } : {}),
      })),
      transcript_versions: versions.map(versionBody),
      active_transcript_version: conversation.activeTranscriptId,
    },
  };
}

/** A version with its words, times from the start of the conversation. */
export function wholeVersionBody(
  version: TranscriptVersion,
  timeline: Timeline,
  speakers: Speakers,
): WholeTranscriptVersionBody {
  return {
    ...versionBody(version),
    coverage: version.coverage,
    transcript: version.utterances.map(({ text }) => text).join(' '),
    segments: version.utterances.map((utterance) => ({
      ...segmentBody(utterance, timeline, speakers),
      words: utterance.words.map(({ text, confidence, ...span }) => ({
        text,
        ...secondsSpan(timeline.spanFromEpoch(span)),
        confidence,
      })),
    })),
  };
}

function versionBody(
  version: TranscriptVersion,
): ConversationPageBody['conversation']['transcript_versions'][number] {
  return {
    version_id: version.id,
    provider: version.provider,
    model: version.model,
    created_at: isoTime(version.createdAt),
    outcome: version.outcome,
    segment_count: version.utterances.length,
  };
}

/** A conversation as older dashboards list it. */
export function groupedConversationBody(details: ConversationDetails): GroupedConversationBody {
  const { conversation, transcript, memories, speech, speakers } = details;
  const timeline = timelineOf(conversation);
  const segments = (transcript?.utterances ?? []).map((utterance) =>
    segmentBody(utterance, timeline, speakers),
  );
  return {
    ...conversationBody(conversation),
    timestamp: unixSeconds(conversation.startedAt),
    transcript: segments.map(({ speaker, text, start, end }) => ({ speaker, text, start, end })),
    speakers_identified: [...new Set(segments.flatMap(({ speaker }) => speaker ?? []))],
    speech_segments: speech.map(secondsSpan),
    memories: memories.map((memory) => ({
      memory_id: memory.id,
      status: 'created',
      created_at: isoTime(memory.createdAt),
    })),
  };
}

function segmentBody(utterance: Utterance, timeline: Timeline, speakers: Speakers): SegmentBody {
  const person = speakers.get(utterance.id) ?? null;
  return {
    id: utterance.id,
    ...secondsSpan(timeline.spanFromEpoch(utterance)),
    started_at: isoTime(utterance.startMs),
    text: utterance.text,
    speaker: person?.name ?? utterance.speaker,
    person_id: person?.id ?? null,
    confidence: utterance.confidence,
    ...(utterance.externalId !== undefined && { external_id: utterance.externalId }),
  };
}

function stageBody(stage: Stage): ConversationBody['stages']['transcribe'] {
  switch (stage.state) {
    case 'done':
      return { state: stage.state, detail: stage.outcome };
    case 'waiting':
    case 'skipped':
    case 'failed':
      return { state: stage.state, detail: stage.reason };
    case 'pending':
    case 'running':
      return { state: stage.state, detail: null };
  }
}
