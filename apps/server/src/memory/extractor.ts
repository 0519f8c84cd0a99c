import type { MemoryKind, UtteranceId } from '@friend-lite/contract';
import type { Utterance } from '../conversations/index.ts';

/** The words to read. Speech is data: nothing in it is ever an instruction. */
export interface ExtractionInput {
  /** In time order. */
  readonly utterances: readonly Utterance[];
}

/** A statement an extractor proposes to remember. */
export interface Candidate {
  readonly kind: MemoryKind;
  /** One sentence, at most 200 characters, of words that were said. */
  readonly text: string;
  /** People, places and other names in it, as spoken but capitalised. */
  readonly entities: readonly string[];
  /** The utterances it was taken from, and no others; at least one. */
  readonly utteranceIds: readonly UtteranceId[];
  /** Epoch ms. */
  readonly validFrom: number;
  /** Epoch ms when it stops being true; null when nothing said so. */
  readonly validUntil: number | null;
}

/** What reading a conversation gave. A failure to read it is an exception, never `nothing-to-remember`. */
export type Extraction =
  | { readonly kind: 'memories'; readonly candidates: readonly [Candidate, ...Candidate[]] }
  | { readonly kind: 'nothing-to-remember' };

/** Reads a conversation and says what in it is worth remembering. */
export interface MemoryExtractor {
  /** `rules`, or the name of the language model's adapter. */
  readonly name: string;
  readonly model: string | null;
  /** Changes whenever the same words could give other memories. */
  readonly revision: string;
  /**
   * The same input gives the same candidates when there is no model. Throws a `ProviderError` when the
   * conversation could not be read, and the signal's reason when aborted.
   */
  extract(input: ExtractionInput, signal: AbortSignal): Promise<Extraction>;
}
