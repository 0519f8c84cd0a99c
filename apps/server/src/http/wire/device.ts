import { audioUuidOf, type ActiveClientBody, type ConversationId } from '@friend-lite/contract';
import type { ActiveDevice } from '../../capture/index.ts';
import { isoTime } from './time.ts';

/** @param conversationCount how many conversations the device has had. */
export function activeClientBody(
  device: ActiveDevice,
  openConversation: ConversationId | null,
  conversationCount: number,
): ActiveClientBody {
  return {
    client_id: device.clientId,
    user_id: device.userId,
    device_name: device.deviceName,
    connected: device.isConnected,
    connected_at: isoTime(device.connectedAt),
    capture_id: device.capture?.id ?? null,
    capture_state: device.capture?.state ?? null,
    current_audio_uuid: openConversation && audioUuidOf(openConversation),
    has_active_conversation: openConversation !== null,
    conversation_count: conversationCount,
  };
}
