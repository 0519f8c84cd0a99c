import type { RefusalFault, TransportFault } from '../http-service/index.ts';

/** What one request suffers. */
export interface AudioUploadFault extends TransportFault {
  /** Requests of this kind alone; of transcriptions, when left out. */
  readonly on?: UploadKind;
  readonly refuses?: RefusalFault;
  /** Waits before it reads what is sent. */
  readonly readDelayMs?: number;
  /** Waits before it answers. */
  readonly answerDelayMs?: number;

  /** What the body of an answer with status 200 is instead. */
  readonly body?: 'cut-json' | 'html' | 'wrong-shape';
  readonly contentType?: string;
  /** Hears nothing in the sound. */
  readonly deaf?: boolean;
  /** What it says where it hears nothing, as Whisper does. */
  readonly saysOverSilence?: string;
  /** Added to every time, ms: times before the sound, or after it. */
  readonly clockSkewMs?: number;
  /** What the answer lacks, though it was asked for. */
  readonly omits?: readonly ('segments' | 'words' | 'speakers')[];
  /** Puts words into their segments, not beside them. */
  readonly wordsInSegments?: boolean;
}

export type UploadKind = 'transcription' | 'models';
