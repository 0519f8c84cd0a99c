import { z } from 'zod';
import { ProviderError } from '../../base/index.ts';
import { estimateTokens, type LanguageModel, type ModelRequest } from '../../memory/index.ts';
import { ollamaService, post, probe, provider, type OllamaOptions } from './service.ts';

/** A change of the window makes the server load the model anew, so there are few sizes. */
const windows = [4096, 8192, 16_384, 32_768];
const largestWindow = 32_768;
/** Facts, not prose. */
const temperature = 0.1;

const answerSchema = z.object({
  message: z.object({ content: z.string() }),
  done: z.literal(true),
  done_reason: z.string().nullish(),
  // Left out where the prompt was known from before.
  prompt_eval_count: z.number().nullish(),
  eval_count: z.number().nullish(),
});

/**
 * A model behind Ollama (`POST /api/chat`). The window is as large as the request needs: by itself the server would drop
 * the beginning of a long prompt without a word.
 */
export function ollamaLanguageModel(options: OllamaOptions): LanguageModel {
  const { model, limitMs } = options;
  const service = ollamaService(options);
  return {
    name: provider,
    model,
    contextTokens: largestWindow,
    probe: (signal) => probe(service, model, signal),

    async ask(request, signal) {
      const answer = await post(service, '/api/chat', bodyOf(model, request), { limitMs, signal });
      const parsed = answerSchema.safeParse(answer);
      if (!parsed.success) {
        throw new ProviderError(provider, 'transient', 'the answer is cut short, or none');
      }
      const { message, done_reason: reason, ...counts } = parsed.data;
      return {
        text: message.content,
        isCut: reason === 'length',
        usage: {
          promptTokens: counts.prompt_eval_count ?? promptTokens(request),
          answerTokens: counts.eval_count ?? estimateTokens(message.content),
        },
      };
    },
  };
}

function bodyOf(model: string, request: ModelRequest) {
  const { instructions, data, schema, maxAnswerTokens } = request;
  const needed = promptTokens(request) + maxAnswerTokens;
  return {
    model,
    messages: [
      { role: 'system', content: instructions },
      { role: 'user', content: data },
    ],
    stream: false,
    format: schema,
    // This family knows degrees alone.
    think: model.startsWith('gpt-oss') ? 'low' : false,
    options: {
      num_ctx: windows.find((tokens) => tokens >= needed) ?? largestWindow,
      num_predict: maxAnswerTokens,
      temperature,
    },
  };
}

function promptTokens({ instructions, data }: ModelRequest): number {
  return estimateTokens(instructions) + estimateTokens(data);
}
