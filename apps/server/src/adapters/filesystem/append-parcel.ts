/** Appends that go to the thread together, in order. */
export interface AppendParcel {
  readonly fds: Int32Array;
  readonly positions: Float64Array;
  readonly lengths: Uint32Array;
  /** All bytes, one append after another. */
  readonly bytes: Uint8Array;
}

/** What came of a parcel: the appends that failed. All others are in their files. */
export type AppendFailures = readonly {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}[];
