/** The part of the package that is used: its WebAssembly build, named apart because it declares only its native one. */
declare module '@evan/opus/wasm/index.mjs' {
  export class Decoder {
    constructor(options: { readonly channels: 1 | 2; readonly sample_rate: number });
    /** Interleaved s16le in a buffer of its own. Throws what libopus says against the packet. */
    decode(packet: Uint8Array): Uint8Array;
    /** Frees its state; it must not be used afterwards. */
    drop(): void;
  }
}
