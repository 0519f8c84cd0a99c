import type { CaptureId, UserId } from '@friend-lite/contract';
import { lengthMs, totalMs } from '../audio/index.ts';
import type { Clock, Log } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import type { Conversation } from '../conversations/index.ts';
import {
  createCaptioner,
  reduceWordWatch,
  wellWatched,
  type Caption,
  type CaptionState,
  type Captioner,
  type DetectedSpeech,
  type HearingHints,
  type LiveEngines,
  type LivePiece,
  type PieceStore,
  type WordWatch,
} from '../transcription/index.ts';

/** Captions of all live captures: their sound goes to live engines, what those say to the view and to the transcripts. */
export interface LiveCaptions {
  /** Sound that is on disk now. */
  hear(capture: Capture, startMs: number, samples: Int16Array): void;
  /** The detector's next report on the capture. */
  detect(capture: Capture, report: DetectedSpeech): void;
  /** The capture is over, and its last report was given. */
  end(captureId: CaptureId): void;
  /** Whether words of the conversation are on their way: to be asked again soon, and true for a bounded time only. */
  isBeingHeard(conversation: Pick<Conversation, 'ranges'>): boolean;
  /** Words came of the capture's recording. */
  noteWords(captureId: CaptureId): void;
  /** Captures of which much speech and not one word was heard. */
  wordless(): readonly CaptureId[];
  dispose(): void;
}

export interface LiveCaptionsTools {
  /** Null where no engine of this server hears live. */
  readonly engines: LiveEngines | null;
  readonly pieces: Pick<PieceStore, 'add'>;
  readonly hintsOf: (userId: UserId) => Promise<HearingHints>;
  readonly onCaption: (capture: Capture, caption: Caption) => void;
  readonly onState: (capture: Capture, state: CaptionState) => void;
  /** Speech was gathered that nobody heard live, up to `untilMs`: it is to be heard from the recording. */
  readonly onCollected: (capture: Capture, untilMs: number) => void;
  /** How much speech is gathered before that, ms. */
  readonly collectMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What is known of one capture. */
interface Line {
  readonly capture: Capture;
  /** Null until its first sound, and where nobody hears live. */
  captioner: Captioner | null;
  isOpening: boolean;
  isEnding: boolean;
  /** Pieces on their way to the store. */
  writing: number;
  /** Speech that nobody heard live since the last collection. */
  unheardMs: number;
  watch: WordWatch;
  /** Since when somebody waits for its words. */
  awaitedSince: number | null;
}

/** The last words of a session come within its limit of 12 s; what is not there by now is heard from the recording. */
const longestWaitMs = 15_000;
/** A recogniser's last word and a detector's last speech never end at the same time. */
const toleranceMs = 100;
/** Speech without a word after which something is wrong, ms: nobody sings for so long. */
const wordlessMs = 5 * 60_000;

export function createLiveCaptions(tools: LiveCaptionsTools): LiveCaptions {
  const { clock, log } = tools;
  const lines = new Map<CaptureId, Line>();
  let isDisposed = false;

  function lineOf(capture: Capture): Line {
    const known = lines.get(capture.id);
    if (known) return known;
    const line: Line = {
      capture,
      captioner: null,
      isOpening: false,
      isEnding: false,
      writing: 0,
      unheardMs: 0,
      watch: wellWatched,
      awaitedSince: null,
    };
    lines.set(capture.id, line);
    return line;
  }

  /** What is said until the hints are read is heard from the recording. */
  async function open(line: Line, engines: LiveEngines, startMs: number): Promise<void> {
    line.isOpening = true;
    const hints = await tools.hintsOf(line.capture.userId);
    if (isDisposed || line.isEnding) return;
    line.captioner = createCaptioner({
      startMs,
      engines,
      hints,
      listener: {
        onCaption: (caption) => tools.onCaption(line.capture, caption),
        onPiece: (piece) => void keep(line, piece),
        onHole: (hole) => collect(line, lengthMs(hole), hole.endMs),
        onState: (state) => tools.onState(line.capture, state),
      },
      clock,
      random: tools.random,
      log,
    });
  }

  async function keep(line: Line, piece: LivePiece): Promise<void> {
    if (piece.utterances.length > 0) watch(line, { type: 'words' });
    const { id: captureId, userId } = line.capture;
    line.writing += 1;
    try {
      await tools.pieces.add({ ...piece, userId, captureId });
    } catch (error) {
      // It is heard again from the recording.
      log.error('heard words not kept', error, { captureId });
    } finally {
      line.writing -= 1;
    }
  }

  function collect(line: Line, speechMs: number, untilMs: number): void {
    line.unheardMs += speechMs;
    if (line.unheardMs < tools.collectMs) return;
    line.unheardMs = 0;
    tools.onCollected(line.capture, untilMs);
  }

  function watch(line: Line, event: Parameters<typeof reduceWordWatch>[1]): void {
    const before = line.watch;
    line.watch = reduceWordWatch(before, event, wordlessMs);
    if (line.watch.kind === 'wordless' && before.kind === 'well') {
      log.warn('sound flows, no words', { captureId: line.capture.id });
    }
  }

  function isUnsettled(line: Line, untilMs: number): boolean {
    const { captioner } = line;
    if (line.writing > 0) return true;
    if (!captioner || captioner.state() === 'no-engine' || captioner.state() === 'shed')
      return false;
    return captioner.settledMs() < untilMs - toleranceMs;
  }

  return {
    hear(capture, startMs, samples) {
      if (tools.engines === null) return;
      const line = lineOf(capture);
      if (line.captioner) line.captioner.hear(startMs, bytesOf(samples));
      else if (!line.isOpening) {
        void open(line, tools.engines, startMs).catch((error: unknown) => {
          line.isOpening = false;
          log.error('captions not started', error, { captureId: capture.id });
        });
      }
    },

    detect(capture, report) {
      const line = lineOf(capture);
      const speechMs = totalMs(report.ended);
      if (speechMs > 0) watch(line, { type: 'speech', lengthMs: speechMs });
      if (line.captioner) line.captioner.detect(report);
      else if (tools.engines === null && speechMs > 0) collect(line, speechMs, report.analyzedMs);
    },

    end(captureId) {
      const line = lines.get(captureId);
      if (!line || line.isEnding) return;
      line.isEnding = true;
      if (!line.captioner) lines.delete(captureId);
      else void line.captioner.finish().then(() => lines.delete(captureId));
    },

    isBeingHeard({ ranges }) {
      return ranges.some(({ captureId, endMs }) => {
        const line = lines.get(captureId);
        if (!line) return false;
        if (!isUnsettled(line, endMs)) {
          line.awaitedSince = null;
          return false;
        }
        line.awaitedSince ??= clock.monotonic();
        return clock.monotonic() - line.awaitedSince < longestWaitMs;
      });
    },

    noteWords(captureId) {
      const line = lines.get(captureId);
      if (line) watch(line, { type: 'words' });
    },

    wordless: () =>
      [...lines.values()].flatMap(({ capture, watch: { kind } }) =>
        kind === 'wordless' ? [capture.id] : [],
      ),

    dispose() {
      isDisposed = true;
      for (const { captioner } of lines.values()) captioner?.dispose();
      lines.clear();
    },
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
