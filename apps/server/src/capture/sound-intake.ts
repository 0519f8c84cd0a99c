import {
  createPcmConverter,
  durationMs,
  layoutFrameBytes,
  opusFormat,
  opusPacketDurationMs,
  speechFormat,
  type AudioFormat,
} from '../audio/index.ts';
import { AppError } from '../base/index.ts';
import { createMisroutedOpusWatch } from './misrouted-opus.ts';
import { initialPendantState, lastPendantFrame, takePendantPacket } from './pendant-packets.ts';
import type { PayloadFormat } from './socket-headers.ts';
import type { SoundFrame } from './sound-frame.ts';

/** Far more than 120 ms of the densest Opus. */
const maxPacketBytes = 8 * 1024;

/** What became of a payload. */
export interface IntakeStep {
  /** In order; perhaps none yet. */
  readonly frames: readonly SoundFrame[];
  /** Why the payload, or a part of it, was left out. */
  readonly fault: AppError | null;
  /** It came before. */
  readonly isRepeated?: boolean;
}

/** Turns the payloads of one recording on one socket into what goes into a capture. */
export interface SoundIntake {
  /** What the capture holds. Known for good once there are frames: Opus, where PCM was declared and Opus came. */
  readonly format: AudioFormat;
  take(payload: Uint8Array, seq: number | null): IntakeStep;
  /** Gives what was held back: the tail of a filter, the last packet of a pendant. The last call. */
  flush(): readonly SoundFrame[];
}

/** @param hasPendantHeader whether each payload still carries the 3-byte header of the pendant's radio. */
export function createSoundIntake(format: PayloadFormat, hasPendantHeader: boolean): SoundIntake {
  const sound = format.codec === 'opus' ? opusIntake() : pcmIntake(format);
  if (hasPendantHeader) return pendantIntake(sound);
  return format.codec === 'opus' ? plainIntake(sound) : undeclaredIntake(sound);
}

/** An intake of whole codec frames, told how many were lost just before each. */
interface FrameIntake {
  readonly format: AudioFormat;
  take(bytes: Uint8Array, seq: number | null, lostBefore: number): IntakeStep;
  flush(): readonly SoundFrame[];
}

const nothing: IntakeStep = { frames: [], fault: null };

function plainIntake(sound: FrameIntake): SoundIntake {
  return {
    format: sound.format,
    take: (payload, seq) => sound.take(payload, seq, 0),
    flush: () => sound.flush(),
  };
}

/** Takes what was declared to be PCM as Opus, when that is what comes. The first payloads wait for the verdict. */
function undeclaredIntake(pcm: FrameIntake): SoundIntake {
  const watch = createMisroutedOpusWatch();
  let sound = pcm;
  let held: { readonly payload: Uint8Array; readonly seq: number | null }[] | null = [];

  function takeHeld(verdict: 'opus' | 'pcm'): IntakeStep {
    if (verdict === 'opus') sound = opusIntake();
    const steps = (held ?? []).map(({ payload, seq }) => sound.take(payload, seq, 0));
    held = null;
    return {
      frames: steps.flatMap(({ frames }) => frames),
      fault: steps.find(({ fault }) => fault !== null)?.fault ?? null,
    };
  }

  return {
    get format() {
      return sound.format;
    },
    take(payload, seq) {
      if (!held) return sound.take(payload, seq, 0);
      held.push({ payload, seq });
      const verdict = watch.judge(payload);
      return verdict === 'unclear' ? nothing : takeHeld(verdict);
    },
    flush: () => [...takeHeld(watch.guess).frames, ...sound.flush()],
  };
}

function pendantIntake(sound: FrameIntake): SoundIntake {
  let state = initialPendantState;
  return {
    format: sound.format,
    take(payload, seq) {
      const step = takePendantPacket(state, payload, seq);
      state = step.state;
      if (step.fault === 'malformed') return undecodable();
      if (step.fault === 'repeated') return { ...nothing, isRepeated: true };
      const { frame } = step;
      return frame ? sound.take(frame.bytes, frame.seq, frame.lostBefore) : nothing;
    },
    flush() {
      const last = lastPendantFrame(state);
      const taken = last ? sound.take(last.bytes, last.seq, last.lostBefore).frames : [];
      return [...taken, ...sound.flush()];
    },
  };
}

/** Packets are kept as they arrived. */
function opusIntake(): FrameIntake {
  let lostFrames = 0;
  return {
    format: opusFormat,
    take(packet, seq, lostBefore) {
      lostFrames += lostBefore;
      const packetMs = packet.byteLength > maxPacketBytes ? null : opusPacketDurationMs(packet);
      if (packetMs === null) return undecodable();
      const lostBeforeMs = lostFrames * packetMs;
      lostFrames = 0;
      return { frames: [{ bytes: packet, seq, lostBeforeMs }], fault: null };
    },
    flush: () => [],
  };
}

function pcmIntake(layout: Extract<PayloadFormat, { codec: 'pcm' }>): FrameIntake {
  const converter = createPcmConverter(layout);
  const frameBytes = layoutFrameBytes(layout);
  let lostFrames = 0;

  const framesOf = (pcm: Uint8Array, seq: number | null, lostBeforeMs: number): SoundFrame[] =>
    pcm.byteLength === 0 ? [] : [{ bytes: pcm, seq, lostBeforeMs }];

  return {
    format: speechFormat,
    take(bytes, seq, lostBefore) {
      lostFrames += lostBefore;
      const dangling = bytes.byteLength % frameBytes;
      const whole = dangling === 0 ? bytes : bytes.subarray(0, bytes.byteLength - dangling);
      const pcm = converter.convert(whole);
      const frames = framesOf(pcm, seq, lostFrames * durationMs(speechFormat, pcm.byteLength));
      if (frames.length > 0) lostFrames = 0;
      const fault =
        dangling === 0
          ? null
          : new AppError('odd_byte_count', { bytes: bytes.byteLength, frameBytes });
      return { frames, fault };
    },
    flush: () => framesOf(converter.flush(), null, 0),
  };
}

function undecodable(): IntakeStep {
  return { frames: [], fault: new AppError('undecodable_packet') };
}
