import type { Utterance } from '../../conversations/index.ts';
import { estimateTokens } from '../language-model.ts';

/** An utterance with its number in the conversation, by which a model names it. */
export interface NumberedUtterance {
  readonly number: number;
  readonly utterance: Utterance;
}

/** Of what comes before, so that a sentence is understood that goes on from there. */
const overlapShare = 0.1;
/** What stands around the words of a line. */
const lineTokens = 30;

/**
 * A conversation in pieces of at most `maxTokens`, each beginning with the end of the one before. An utterance longer than
 * a piece is a piece of its own.
 */
export function piecesFor(
  utterances: readonly Utterance[],
  maxTokens: number,
): readonly (readonly NumberedUtterance[])[] {
  const lines = utterances.map((utterance, number) => ({
    line: { number, utterance },
    tokens: lineTokens + estimateTokens(utterance.text),
  }));
  const pieces: NumberedUtterance[][] = [];
  let from = 0;
  while (from < lines.length) {
    const end = endOfPiece(lines, from, maxTokens);
    pieces.push(lines.slice(from, end).map(({ line }) => line));
    if (end >= lines.length) break;
    // The next utterance must have room beside what is said again.
    const roomTokens = maxTokens - (lines[end]?.tokens ?? 0);
    from = startOfNext(lines, from, end, Math.min(roomTokens, maxTokens * overlapShare));
  }
  return pieces;
}

interface Line {
  readonly tokens: number;
}

function endOfPiece(lines: readonly Line[], from: number, maxTokens: number): number {
  let tokens = 0;
  let end = from;
  for (const line of lines.slice(from)) {
    tokens += line.tokens;
    if (tokens > maxTokens && end > from) break;
    end += 1;
  }
  return end;
}

/** Far enough back for the overlap, and never to the piece's own beginning. */
function startOfNext(
  lines: readonly Line[],
  from: number,
  end: number,
  overlapTokens: number,
): number {
  let tokens = 0;
  let start = end;
  while (start - 1 > from) {
    tokens += lines[start - 1]?.tokens ?? 0;
    if (tokens > overlapTokens) break;
    start -= 1;
  }
  return start;
}
