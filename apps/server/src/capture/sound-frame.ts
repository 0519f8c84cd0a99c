/** What a device sends in one message. */
export interface SoundFrame {
  /** PCM: whole samples of the capture's format; Opus: one packet. Never empty. */
  readonly bytes: Uint8Array;
  /** Its number within the capture, 1, 2, 3 …, where the device numbers its frames; else null. */
  readonly seq: number | null;
  /** Sound that was lost just before it, as the device's own numbering shows, ms. */
  readonly lostBeforeMs: number;
}
