/** Decodes Opus to 16 kHz mono, off the main thread. */
export interface OpusDecoders {
  /** Begins a stream; its decoder knows nothing of what was before the first packet. */
  open(): OpusStream;
}

/** The packets of one device, one after another. */
export interface OpusStream {
  /**
   * Decodes the next packets, whose framing is valid: exactly 16 samples for each ms of their duration.
   * Lost packets are concealed, and what cannot be decoded is silence. May be called before the last call
   * is answered; answers come in order, and how much waits is the caller's to bound.
   *
   * Rejects when the decoder died, after which the stream starts anew; and once it is closed.
   */
  decode(packets: readonly Uint8Array[]): Promise<Int16Array>;
  /** Frees the decoder. Idempotent. */
  close(): void;
}

/** A decoder that starts in the middle of a stream gives this much before its output is right (RFC 7845, section 4.6), ms. */
export const opusPreRollMs = 80;
