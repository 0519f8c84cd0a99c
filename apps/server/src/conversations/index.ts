export {
  attentive,
  deadlineOf,
  reduceAttention,
  type Attention,
  type AttentionEffect,
  type AttentionEvent,
  type AttentionSettings,
} from './attention.ts';
export {
  createConversations,
  type ConversationChange,
  type Conversations,
} from './conversations.ts';
export { deleteConversation, dropCroppedSound, type Deleted } from './delete.ts';
export { createEdits, type Edits } from './edits.ts';
export { owedEffects, stateOf, type TranscriptVerdict } from './lifecycle.ts';
export * from './ports.ts';
export { areMergeable, rangeTime } from './ranges.ts';
export {
  initialStages,
  type FailReason,
  type Stage,
  type StageName,
  type WaitReason,
} from './stages.ts';
export { conversationSpeech, placedRanges, timelineOf, type Timeline } from './timeline.ts';
export { planTextImport, type ImportedUtterance, type TextImport } from './text-import.ts';
export { titleOf } from './title.ts';
export {
  createPeople,
  type CountedPerson,
  type People,
  type Person,
  type PersonStore,
  type SpeakerClaim,
} from './people.ts';
export { formatTranscript, transcriptMediaTypes } from './transcript-formats.ts';
