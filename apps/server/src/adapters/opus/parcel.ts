/** Numbers a stream; never used again. */
export type StreamKey = number;

/** What the main thread hands to a worker at one time. */
export interface Parcel {
  /** Streams that are over: their decoders go, after the parts were decoded. */
  readonly closed: readonly StreamKey[];
  /** A stream may have several parts, in order. One that is not known starts anew. */
  readonly parts: readonly { readonly key: StreamKey; readonly packetCount: number }[];
  /** Bytes of each packet of all parts. */
  readonly lengths: Uint32Array;
  /** All packets, one after another. */
  readonly packets: Uint8Array;
}

/** The worker's answer to a parcel. */
export interface Decoded {
  /** How many samples each part came to. */
  readonly sampleCounts: readonly number[];
  /** The sound of all parts, one after another. */
  readonly samples: Int16Array;
  /** Packets that could not be decoded. */
  readonly failedPackets: number;
}
