import type { RetentionPlanBody } from '@friend-lite/contract';
import { formatBytes } from '../../words/bytes.ts';

export function isEmpty(plan: RetentionPlanBody): boolean {
  return plan.conversation_count === 0 && plan.segment_count === 0;
}

/** `2 conversations whole, the sound of 1 conversation, 412 MB on the disk`. */
export function planInWords(plan: RetentionPlanBody): string {
  const whole = plan.conversations.filter(({ removes }) => removes === 'whole').length;
  const sound = plan.conversations.length - whole;
  return [
    whole > 0 && `${conversationsInWords(whole)} whole`,
    sound > 0 && `the sound of ${conversationsInWords(sound)}`,
    `${formatBytes(plan.bytes)} on the disk`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}

function conversationsInWords(count: number): string {
  return count === 1 ? '1 conversation' : `${count} conversations`;
}
