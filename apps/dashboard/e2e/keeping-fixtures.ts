import type { RetentionSettingsBody, StorageBody } from '@friend-lite/contract';

/** A few months of two devices. */
export const storage: StorageBody = {
  audio: { pcm: 412_000_000, flac: 1_310_000_000, opus: 96_400_000 },
  cropped_bytes: 214_000_000,
  uploads_bytes: 0,
  database_bytes: 38_200_000,
  free_bytes: 41_300_000_000,
  recorded_hours: 34.6,
  audio_bytes_per_hour: 52_550_000,
  devices: [
    {
      client_id: '439011-laptop',
      audio_bytes: 1_722_000_000,
      recorded_hours: 25.2,
      audio_bytes_per_hour: 68_330_000,
    },
    {
      client_id: '439011-pendant',
      audio_bytes: 96_400_000,
      recorded_hours: 9.4,
      audio_bytes_per_hour: 10_255_000,
    },
  ],
};

export const nothingChosen: RetentionSettingsBody = {
  audio_days: null,
  conversations_days: null,
  unclaimed_audio_hours: null,
};
