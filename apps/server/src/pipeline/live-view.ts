import type { ClientId, UserId } from '@friend-lite/contract';
import type { VoiceActivity } from '../audio/index.ts';
import type { Capture, CaptureEvent } from '../capture/index.ts';
import { stateOf, type ConversationChange } from '../conversations/index.ts';
import type { LiveEvents } from '../events/index.ts';
import type { Job } from '../jobs/index.ts';

/** Turns what happens in the rooms into live events. Views only: nothing here changes a record. */
export interface LiveView {
  onCapture(event: CaptureEvent): void;
  onActivity(capture: Capture, activity: VoiceActivity): void;
  onConversation(change: ConversationChange): void;
  onJob(job: Job): void;
  /** A socket came or went without a capture. */
  onDevice(device: {
    readonly userId: UserId;
    readonly clientId: ClientId;
    readonly deviceName: string;
    readonly isConnected: boolean;
  }): void;
}

export function createLiveView(events: LiveEvents): LiveView {
  return {
    onCapture(event) {
      if (event.type === 'sound') return;
      const { capture } = event;
      events.publish(capture.userId, {
        type: 'device',
        client_id: capture.clientId,
        device_name: deviceNameOf(capture.clientId),
        connected: capture.state === 'live',
        capture_id: capture.id,
        capture_state: capture.state,
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

    onConversation({ conversation }) {
      const { userId, clientId, id } = conversation;
      events.publish(userId, {
        type: 'conversation',
        conversation_id: id,
        client_id: clientId,
        state: stateOf(conversation),
      });
      const { transcribe, extractMemories } = conversation.stages;
      if (transcribe.state === 'done' && conversation.activeTranscriptId) {
        events.publish(userId, {
          type: 'transcript',
          conversation_id: id,
          version_id: conversation.activeTranscriptId,
          segment_count: conversation.utteranceCount,
        });
      }
      if (extractMemories.state === 'done') {
        events.publish(userId, {
          type: 'memory',
          conversation_id: id,
          memory_count: conversation.memoryCount,
        });
      }
    },

    onJob(job) {
      events.publish(job.userId, { type: 'job', job_id: job.id, kind: job.kind, state: job.state });
    },

    onDevice({ userId, clientId, deviceName, isConnected }) {
      events.publish(userId, {
        type: 'device',
        client_id: clientId,
        device_name: deviceName,
        connected: isConnected,
        capture_id: null,
        capture_state: null,
      });
    },
  };
}

/** The part of a client id that names the device. */
function deviceNameOf(clientId: ClientId): string {
  return clientId.slice(clientId.indexOf('-') + 1);
}
