/** A JSON Schema (2020-12) of an object, as models with structured output take it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ModelRequest {
  /** What the model is to do. Nothing that was said stands in it. */
  readonly instructions: string;
  /** The data it is to work on: quoted, and never to be obeyed. */
  readonly data: string;
  /** What the answer must look like. */
  readonly schema: JsonSchema;
  /** Names the schema to the model: letters, digits, `_` and `-`, at most 64. */
  readonly schemaName: string;
  readonly maxAnswerTokens: number;
}

/** What a request cost, as the service counted it, or about as much where it does not. */
export interface ModelUsage {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** The model's own words; whether they are of the shape that was asked for is not known yet. */
export interface ModelAnswer {
  readonly text: string;
  /** The answer is longer than it was allowed to be, and cut off. */
  readonly isCut: boolean;
  readonly usage: ModelUsage;
}

/** A language model that answers in a given shape. */
export interface LanguageModel {
  /** `ollama` or `openai`; stored with each memory. */
  readonly name: string;
  readonly model: string;
  /** Tokens of one request, its answer included. */
  readonly contextTokens: number;
  /** Asks whether it would work now; never throws. `reason` is for people. */
  probe(
    signal: AbortSignal,
  ): Promise<
    | { readonly available: true; readonly model: string }
    | { readonly available: false; readonly reason: string }
  >;
  /** Throws `ProviderError`, classed by the adapter, and the signal's reason when aborted. Safe to repeat. */
  ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}

/** A text costs about so many tokens: models differ, and few take more than one for three characters of English. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 3);
}
