import { describe, expect, it } from 'vitest';
import { draftOf, isSame, settingsOf } from './draft.ts';

describe('the form of what is kept', () => {
  it.each([
    { audio_days: null, conversations_days: null, unclaimed_audio_hours: null },
    { audio_days: 30, conversations_days: 365, unclaimed_audio_hours: 0 },
    { audio_days: 1, conversations_days: null, unclaimed_audio_hours: 48 },
  ])('gives back what it was made of: %j', (settings) => {
    expect(isSame(settingsOf(draftOf(settings)), settings)).toBe(true);
  });

  it('takes an empty field for ever, and hours left to the server for nothing chosen', () => {
    const draft = { audioDays: '', conversationsDays: '7', unclaimedHours: '' };
    expect(settingsOf({ ...draft, isUnclaimedByServer: false })).toEqual({
      audio_days: null,
      conversations_days: 7,
      unclaimed_audio_hours: 0,
    });
    expect(
      settingsOf({ ...draft, unclaimedHours: '5', isUnclaimedByServer: true })
        .unclaimed_audio_hours,
    ).toBeNull();
  });
});
