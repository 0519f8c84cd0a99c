import { ProviderError, sleep, type Clock } from '../../base/index.ts';
import type { Candidate, Extraction, ExtractionInput, MemoryExtractor } from '../extractor.ts';
import {
  estimateTokens,
  type LanguageModel,
  type ModelAnswer,
  type ModelRequest,
} from '../language-model.ts';
import { isSameStatement } from '../statement.ts';
import { answerJsonSchema, dataOf, instructions, promptRevision, type Answer } from './prompt.ts';
import { candidatesOf, parseAnswer } from './read-answer.ts';
import { piecesFor, type NumberedUtterance } from './transcript-pieces.ts';

const maxAnswerTokens = 2000;
/** A server that ran out of memory, or is too busy, is better after this. */
const secondTryMs = 5000;
/** Models read long prompts worse, so a piece is no longer, however much the model takes. */
const longestPieceTokens = 10_000;

/**
 * The extractor with a language model. A conversation of up to about 8,000 tokens is one request; longer ones are read in
 * pieces. An answer that is not of the shape is asked for once more, with what was wrong. Throws `ProviderError`
 * (`bad-request`) when that is not of the shape either: the same model would say it again.
 */
export function modelExtractor(model: LanguageModel, clock: Clock): MemoryExtractor {
  const roomTokens = model.contextTokens - maxAnswerTokens - estimateTokens(instructions);
  const pieceTokens = Math.max(500, Math.min(longestPieceTokens, roomTokens));

  async function askTwice(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    try {
      return await model.ask(request, signal);
    } catch (error) {
      const isPassing = error instanceof ProviderError && error.failure === 'transient';
      if (!isPassing || signal.aborted) throw error;
      await sleep(clock, secondTryMs, signal);
      return model.ask(request, signal);
    }
  }

  async function ask(piece: readonly NumberedUtterance[], signal: AbortSignal): Promise<Answer> {
    const request = { schema: answerJsonSchema, schemaName: 'memories', maxAnswerTokens };
    const data = dataOf(piece);
    const first = await askTwice({ ...request, instructions, data }, signal);
    const answer = parseAnswer(first.text);
    if (answer) return answer;
    const again = `${instructions}\n\n${complaintOf(first.isCut)}`;
    const second = await askTwice({ ...request, instructions: again, data }, signal);
    const repaired = parseAnswer(second.text);
    if (repaired) return repaired;
    throw new ProviderError(model.name, 'bad-request', 'the answer is not of the shape asked for');
  }

  return {
    name: model.name,
    model: model.model,
    revision: promptRevision,
    async extract({ utterances }: ExtractionInput, signal): Promise<Extraction> {
      const kept: Candidate[] = [];
      for (const piece of piecesFor(utterances, pieceTokens)) {
        signal.throwIfAborted();
        for (const candidate of candidatesOf(await ask(piece, signal), piece)) {
          if (!kept.some((other) => isSameStatement(other, candidate))) kept.push(candidate);
        }
      }
      const [first, ...others] = kept;
      return first
        ? { kind: 'memories', candidates: [first, ...others] }
        : { kind: 'nothing-to-remember' };
    },
  };
}

function complaintOf(isCut: boolean): string {
  return isCut
    ? 'Your last answer was too long and was cut off. Give fewer memories, the most important ones.'
    : 'Your last answer was not JSON of that shape. Answer with nothing but the JSON.';
}
