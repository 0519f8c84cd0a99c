import { opusPacketDurationMs } from '../audio/index.ts';

/** Tells Opus packets that were sent to a PCM address from PCM. */
export interface MisroutedOpusWatch {
  /** What all payloads up to this one are. `unclear` for at most the first 15; any other answer is final. */
  judge(payload: Uint8Array): 'opus' | 'pcm' | 'unclear';
  /** What payloads that were left unclear most likely are, when no more come. */
  readonly guess: 'opus' | 'pcm';
}

/** A pendant's packets have at most 160 bytes; PCM this short would last 12 ms. */
const maxPacketBytes = 400;
/** This many payloads alike are no accident, when some are of an odd length. */
const telling = 4;
/** Of packets of any length, all of this many are even once in 65,536 times. */
const enough = 16;
/** CELT, one channel, one frame a packet: what pendants encode. Digital silence, 0x00, is not among it. */
const celtMonoBits = 0b1000_0000;
const celtMonoMask = 0b1000_0111;

/**
 * A mobile app sends the packets of its pendant to whatever address was typed. As PCM they would be noise:
 * short payloads that begin with one and the same table-of-contents byte, some of an odd length, which 16-bit
 * PCM never has.
 */
export function createMisroutedOpusWatch(): MisroutedOpusWatch {
  let first: number | undefined;
  let alike = 0;
  let hasOdd = false;
  let verdict: 'opus' | 'pcm' | 'unclear' = 'unclear';

  function isPacket(payload: Uint8Array): boolean {
    first ??= payload[0];
    return (
      first !== undefined &&
      (first & celtMonoMask) === celtMonoBits &&
      payload[0] === first &&
      payload.byteLength <= maxPacketBytes &&
      opusPacketDurationMs(payload) !== null
    );
  }

  return {
    judge(payload) {
      if (verdict !== 'unclear') return verdict;
      if (!isPacket(payload)) return (verdict = 'pcm');
      alike += 1;
      hasOdd ||= payload.byteLength % 2 === 1;
      if (hasOdd && alike >= telling) verdict = 'opus';
      else if (alike >= enough) verdict = 'pcm';
      return verdict;
    },
    get guess() {
      if (verdict !== 'unclear') return verdict;
      return hasOdd ? 'opus' : 'pcm';
    },
  };
}
