import type { ConversationId } from '@friend-lite/contract';
import type { VoiceActivity } from '../audio/index.ts';
import type { ActiveDevice, Capture } from '../capture/index.ts';
import { stateOf, type ConversationChange } from '../conversations/index.ts';
import type { LiveEvents } from '../events/index.ts';
import type { Job } from '../jobs/index.ts';
import type { Caption, CaptionState } from '../transcription/index.ts';

/** Turns what happens in the rooms into live events. Views only: nothing here changes a record. */
export interface LiveView {
  readonly onDevice: (device: ActiveDevice) => void;
  readonly onActivity: (capture: Capture, activity: VoiceActivity) => void;
  /** Within the conversation that is open on the capture, if one is. */
  readonly onCaption: (capture: Capture, id: ConversationId | null, caption: Caption) => void;
  readonly onCaptionState: (capture: Capture, state: CaptionState) => void;
  readonly onConversation: (change: ConversationChange) => void;
  /** `state` is newer than the one in `job`. */
  readonly onJob: (job: Job, state: Job['state']) => void;
}

export function createLiveView(events: LiveEvents): LiveView {
  return {
    onDevice({ userId, clientId, deviceName, isConnected, capture }) {
      events.publish(userId, {
        type: 'device',
        client_id: clientId,
        device_name: deviceName,
        connected: isConnected,
        capture_id: capture?.id ?? null,
        capture_state: capture?.state ?? null,
      });
    },

    onActivity(capture, activity) {
      events.publish(capture.userId, {
        type: 'level',
        client_id: capture.clientId,
        db: Math.round(activity.levelDb * 10) / 10,
        is_speech: activity.speakingSinceMs !== null,
      });
    },

    onCaption(capture, conversationId, { startMs, endMs, isFinal, utterances }) {
      const at = (captureMs: number): number => (capture.startedAt + captureMs) / 1000;
      events.publish(capture.userId, {
        type: 'caption',
        client_id: capture.clientId,
        conversation_id: conversationId,
        start: at(startMs),
        end: at(endMs),
        is_final: isFinal,
        segments: utterances.map(({ text, speaker, ...span }) => ({
          start: at(span.startMs),
          end: at(span.endMs),
          text,
          speaker,
        })),
      });
    },

    onCaptionState: (capture, state) =>
      events.publish(capture.userId, {
        type: 'captions',
        client_id: capture.clientId,
        state,
      }),

    onConversation({ before, conversation }) {
      if (before === conversation) return;
      const { userId, clientId, id } = conversation;
      events.publish(userId, {
        type: 'conversation',
        conversation_id: id,
        client_id: clientId,
        state: stateOf(conversation),
      });
      const { extractMemories } = conversation.stages;
      const isNewTranscript = before?.activeTranscriptId !== conversation.activeTranscriptId;
      if (isNewTranscript && conversation.activeTranscriptId) {
        events.publish(userId, {
          type: 'transcript',
          conversation_id: id,
          version_id: conversation.activeTranscriptId,
          segment_count: conversation.utteranceCount,
        });
      }
      if (extractMemories.state === 'done' && before?.stages.extractMemories.state !== 'done') {
        events.publish(userId, {
          type: 'memory',
          conversation_id: id,
          memory_count: conversation.memoryCount,
        });
      }
    },

    onJob({ id, userId, kind }, state) {
      events.publish(userId, { type: 'job', job_id: id, kind, state });
    },
  };
}
