import {
  erasedSchema,
  retentionPlanSchema,
  retentionSettingsSchema,
  storageSchema,
  type RetentionPlanBody,
} from '@friend-lite/contract';
import type { Conversation, Fixtures } from './fixtures.ts';
import { nothingChosen } from './keeping-fixtures.ts';

const dayMs = 86_400_000;
const bytesPerSecond = 32_000;

/** Answers about disk, retention and deleting, checked against the contract; null where a route is another's. */
export function keep(fixtures: Fixtures, route: string, body: string): unknown {
  switch (route) {
    case 'GET /api/storage':
      return storageSchema.parse(fixtures.storage);
    case 'GET /api/settings/retention':
      return retentionSettingsSchema.parse(fixtures.retention);
    case 'PUT /api/settings/retention':
      fixtures.retention = retentionSettingsSchema.parse(JSON.parse(body));
      return fixtures.retention;
    case 'POST /api/retention/dry-run':
      return retentionPlanSchema.parse(planOf(fixtures));
    case 'POST /api/retention/run': {
      const plan = retentionPlanSchema.parse(planOf(fixtures));
      const gone = new Set(plan.conversations.map(({ conversation_id: id }) => id));
      const { conversations } = fixtures;
      const left = conversations.filter(({ conversation_id: id }) => !gone.has(id));
      conversations.splice(0, conversations.length, ...left);
      return plan;
    }
    case 'DELETE /api/users/me/data':
      return erase(fixtures);
    default:
      return null;
  }
}

/** By the age of conversations alone: they go whole. */
function planOf({ conversations, retention }: Fixtures): RetentionPlanBody {
  const days = retention.conversations_days;
  const isOld = ({ ended_at: end }: Conversation): boolean =>
    days !== null && end !== null && Date.now() - Date.parse(end) > days * dayMs;
  const old = conversations.filter(isOld);
  return {
    conversations: old.map((conversation) => ({
      conversation_id: conversation.conversation_id,
      title: conversation.title,
      started_at: conversation.started_at,
      removes: 'whole',
    })),
    captures: old.map((conversation) => ({
      capture_id: conversation.conversation_id,
      client_id: conversation.client_id,
      started_at: conversation.started_at,
      expired_segments: 1,
      unclaimed_segments: 0,
      bytes: Math.round(conversation.duration_seconds * bytesPerSecond),
    })),
    conversation_count: old.length,
    segment_count: old.length,
    bytes: Math.round(
      old.reduce((sum, { duration_seconds: seconds }) => sum + seconds * bytesPerSecond, 0),
    ),
  };
}

function erase(fixtures: Fixtures): unknown {
  const { user, conversations, devices } = fixtures;
  const records = {
    captures: conversations.length,
    segments: conversations.length * 3,
    conversations: conversations.length,
    memories: conversations.reduce((sum, { memory_count: count }) => sum + count, 0),
    devices: devices.length,
    jobs: 0,
  };
  conversations.length = 0;
  devices.length = 0;
  fixtures.retention = nothingChosen;
  return erasedSchema.parse({ user_id: user.id, records, files: 214, bytes: 1_932_000_000 });
}
