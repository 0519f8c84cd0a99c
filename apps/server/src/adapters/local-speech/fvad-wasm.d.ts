/** The parts of libfvad (https://github.com/dpirch/libfvad, fvad.h) that are used. Handles and pointers are addresses in its heap. */
declare module '@echogarden/fvad-wasm' {
  export interface FvadModule {
    /** Replaced when the heap grows: read it anew for each use. */
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    /** 0 when out of memory. */
    _fvad_new(): number;
    _fvad_free(handle: number): void;
    /** Forgets everything, mode and rate included. */
    _fvad_reset(handle: number): void;
    _fvad_set_mode(handle: number, mode: number): number;
    _fvad_set_sample_rate(handle: number, sampleRateHz: number): number;
    /** 1 for speech, 0 for none, -1 for a frame of a wrong length. */
    _fvad_process(handle: number, frame: number, samples: number): number;
  }
  export default function load(): Promise<FvadModule>;
}
