import { intersect, lengthMs, mergeSpans, subtract, type Span } from '../../audio/index.ts';
import type { VoiceActivity } from '../../audio/index.ts';

/** What a detector says of a capture: `VoiceActivity` in capture time. */
export type DetectedSpeech = Pick<VoiceActivity, 'analyzedMs' | 'ended' | 'speakingSinceMs'>;

/**
 * What is known of the speech of one capture, and what became of it. Capture time throughout. Up to `settledMs` it is
 * decided: heard (in a piece), or left as a hole. The lists reach back a little further than that only, because a
 * detector reports speech late.
 */
export interface SpeechLedger {
  /** Where the lists begin: of the time before, all was told. */
  readonly keptFromMs: number;
  readonly settledMs: number;
  readonly analyzedMs: number;
  /** Speech that is over. */
  readonly ended: readonly Span[];
  readonly speakingSinceMs: number | null;
  readonly heard: readonly Span[];
  readonly holes: readonly Span[];
}

export interface LedgerStep {
  readonly ledger: SpeechLedger;
  /** Speech that turned out to be neither heard nor to be waited for. */
  readonly holes: readonly Span[];
}

/** A region begins at most this long before what is analysed when it is first reported: its start is weighed for so long. */
const latestReportMs = 10_000;
/** No word is as short; a recogniser's last word and a detector's last speech never end at the same time. */
const negligibleMs = 100;

export function emptyLedger(startMs: number): SpeechLedger {
  return {
    keptFromMs: startMs,
    settledMs: startMs,
    analyzedMs: startMs,
    ended: [],
    speakingSinceMs: null,
    heard: [],
    holes: [],
  };
}

/** The detector's next report. */
export function noteSpeech(ledger: SpeechLedger, report: DetectedSpeech): LedgerStep {
  return withHoles({
    ...ledger,
    analyzedMs: report.analyzedMs,
    ended: mergeSpans([...ledger.ended, ...report.ended]),
    speakingSinceMs: report.speakingSinceMs,
  });
}

/** An engine has said all there is of this stretch, which lies behind all that is decided. */
export function settleHeard(ledger: SpeechLedger, span: Span): LedgerStep {
  return withHoles({
    ...ledger,
    settledMs: span.endMs,
    heard: mergeSpans([...ledger.heard, span]),
  });
}

/** Nobody is going to be asked about the time up to then, or a little more where that ends a region. */
export function giveUpTo(ledger: SpeechLedger, untilMs: number): LedgerStep {
  const cut = ledger.ended.find(
    ({ startMs, endMs }) => startMs < untilMs && endMs > untilMs && endMs - untilMs < negligibleMs,
  );
  const settledMs = Math.max(ledger.settledMs, cut?.endMs ?? untilMs);
  return withHoles({ ...ledger, settledMs });
}

/** Where speech begins that is not decided; null when there is none. */
export function firstOpenSpeechMs(ledger: SpeechLedger): number | null {
  const { ended, settledMs, speakingSinceMs } = ledger;
  const next = ended.find(
    ({ startMs, endMs }) => endMs - Math.max(startMs, settledMs) >= shortest(ledger, startMs),
  );
  if (next) return Math.max(next.startMs, settledMs);
  return speakingSinceMs === null ? null : Math.max(speakingSinceMs, settledMs);
}

/** What is left of a region behind a piece may be nothing but another opinion of where the last word ends. */
function shortest({ settledMs, heard }: SpeechLedger, startMs: number): number {
  return startMs < settledMs && heard.at(-1)?.endMs === settledMs ? negligibleMs : Number.MIN_VALUE;
}

function withHoles(ledger: SpeechLedger): LedgerStep {
  const { keptFromMs, settledMs, analyzedMs, ended, speakingSinceMs, heard } = ledger;
  const ongoing = speakingSinceMs === null ? [] : [{ startMs: speakingSinceMs, endMs: analyzedMs }];
  const decided = { startMs: keptFromMs, endMs: settledMs };
  const speech = intersect([...ended, ...ongoing], [decided]);
  const accounted = [...heard, ...ledger.holes];
  const holes = subtract(speech, accounted).filter(
    (hole) => lengthMs(hole) >= negligibleMs || !isBehind(hole, heard),
  );
  return { ledger: pruned({ ...ledger, holes: mergeSpans([...ledger.holes, ...holes]) }), holes };
}

function isBehind(hole: Span, heard: readonly Span[]): boolean {
  return heard.some(({ endMs }) => endMs === hole.startMs);
}

function pruned(ledger: SpeechLedger): SpeechLedger {
  const decidedMs = Math.min(ledger.settledMs, ledger.analyzedMs);
  const keptFromMs = Math.max(ledger.keptFromMs, decidedMs - latestReportMs);
  const kept = [{ startMs: keptFromMs, endMs: Infinity }];
  return {
    ...ledger,
    keptFromMs,
    ended: intersect(ledger.ended, kept),
    heard: intersect(ledger.heard, kept),
    holes: intersect(ledger.holes, kept),
  };
}
