import { byteOffset, durationMs, speechFormat } from '../../audio/index.ts';

/** Sound with its place in capture time: 16 kHz mono s16le. */
export interface PlacedSound {
  readonly startMs: number;
  readonly pcm: Uint8Array;
}

interface Chunk extends PlacedSound {
  readonly endMs: number;
}

/** When it overflows, this share of it goes at once, so that what is lost is lost in few stretches. */
const overflowShare = 1 / 6;

/**
 * The latest sound of a capture, at most `maxMs` of it; when it overflows, the oldest goes. Sound comes in order and may
 * jump ahead. What is handed out shares memory with what was put in.
 */
export class SoundRing {
  readonly #maxMs: number;
  #chunks: Chunk[] = [];
  #keptMs = 0;
  #endMs = 0;

  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Where the oldest sound begins; `endMs` when there is none. */
  get startMs(): number {
    return this.#chunks[0]?.startMs ?? this.#endMs;
  }

  /** Where the newest sound ever put in ends. */
  get endMs(): number {
    return this.#endMs;
  }

  push(startMs: number, pcm: Uint8Array): void {
    if (pcm.length === 0) return;
    const lengthMs = durationMs(speechFormat, pcm.length);
    this.#endMs = startMs + lengthMs;
    this.#chunks.push({ startMs, endMs: this.#endMs, pcm });
    this.#keptMs += lengthMs;
    if (this.#keptMs > this.#maxMs) {
      this.#dropWhile(() => this.#keptMs > this.#maxMs * (1 - overflowShare));
    }
  }

  /** Forgets sound that ended by then. */
  trim(beforeMs: number): void {
    this.#dropWhile((oldest) => oldest.endMs <= beforeMs);
  }

  /** The first sound at or after `fromMs`, in one stretch of at most `maxMs`; null when there is none. */
  read(fromMs: number, maxMs: number): PlacedSound | null {
    const before = this.#chunks.findLastIndex((each) => each.startMs <= fromMs);
    const holding = this.#chunks[before];
    const chunk = holding && holding.endMs > fromMs ? holding : this.#chunks[before + 1];
    if (!chunk) return null;
    const from = byteOffset(speechFormat, Math.max(0, fromMs - chunk.startMs));
    const pcm = chunk.pcm.subarray(from, from + byteOffset(speechFormat, maxMs));
    // Less than a sample was left of it.
    if (pcm.length === 0) return this.read(chunk.endMs, maxMs);
    return { startMs: chunk.startMs + durationMs(speechFormat, from), pcm };
  }

  #dropWhile(isToGo: (oldest: Chunk) => boolean): void {
    let count = 0;
    for (const chunk of this.#chunks) {
      if (!isToGo(chunk)) break;
      this.#keptMs -= chunk.endMs - chunk.startMs;
      count += 1;
    }
    if (count > 0) this.#chunks = this.#chunks.slice(count);
  }
}
