import type { RetentionSettingsBody } from '@friend-lite/contract';

/** The settings as the form has them: the text of its fields. Empty: for ever. */
export interface Draft {
  readonly audioDays: string;
  readonly conversationsDays: string;
  readonly unclaimedHours: string;
  /** Leaves sound in no conversation to the server's own setting. */
  readonly isUnclaimedByServer: boolean;
}

export function draftOf(settings: RetentionSettingsBody): Draft {
  const { unclaimed_audio_hours: hours } = settings;
  return {
    audioDays: textOf(settings.audio_days),
    conversationsDays: textOf(settings.conversations_days),
    unclaimedHours: textOf(hours === 0 ? null : hours),
    isUnclaimedByServer: hours === null,
  };
}

export function settingsOf(draft: Draft): RetentionSettingsBody {
  return {
    audio_days: numberOf(draft.audioDays),
    conversations_days: numberOf(draft.conversationsDays),
    unclaimed_audio_hours: draft.isUnclaimedByServer ? null : (numberOf(draft.unclaimedHours) ?? 0),
  };
}

export function isSame(a: RetentionSettingsBody, b: RetentionSettingsBody): boolean {
  return (
    a.audio_days === b.audio_days &&
    a.conversations_days === b.conversations_days &&
    a.unclaimed_audio_hours === b.unclaimed_audio_hours
  );
}

function textOf(value: number | null): string {
  return value === null ? '' : String(value);
}

function numberOf(text: string): number | null {
  return text === '' ? null : Number(text);
}
