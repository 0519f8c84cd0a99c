import { z } from 'zod';
import { jsonReply, type Refusal } from '../http-service/index.ts';
import {
  startModelService,
  wordsOf,
  type ChatRequest,
  type ModelServiceOptions,
  type ModelSimulator,
  type ModelVendor,
} from '../language-model/index.ts';

export type OllamaOptions = Omit<ModelServiceOptions, 'apiKey'>;

const chatSchema = z.object({
  model: z.string().min(1),
  messages: z.array(
    z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }),
  ),
  stream: z.literal(false, 'only whole answers are simulated'),
  format: z.union([z.literal('json'), z.record(z.string(), z.unknown())]).optional(),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
  options: z.object({ num_ctx: z.int(), num_predict: z.int() }).partial().optional(),
});

type Chat = z.infer<typeof chatSchema>;

const embedSchema = z.object({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string())]),
  truncate: z.boolean().default(true),
});

/** Without `num_ctx` a small machine has this. */
const usualContextTokens = 4096;

const vendor: ModelVendor = {
  paths: { chat: '/api/chat', embed: '/api/embed', models: '/api/tags' },
  modelsReply: (models) =>
    jsonReply({ models: models.map((model) => ({ name: tagged(model), model: tagged(model) })) }),
  wrongKey: { status: 401, message: 'unauthorized' },
  refusalReply: ({ status, message }) => jsonReply({ error: message }, status),

  readChat(body) {
    const parsed = chatSchema.safeParse(body);
    if (!parsed.success) return invalid(parsed.error);
    const { model, messages, format, think, options = {} } = parsed.data;
    if (think === true) return { status: 400, message: `"${model}" does not support thinking` };
    const system = wordsOf(messages, 'system');
    return {
      model,
      system,
      user: window(wordsOf(messages, 'user'), system, options),
      schema: format ?? null,
      maxAnswerTokens: options.num_predict ?? null,
    };
  },

  readEmbed(body) {
    const parsed = embedSchema.safeParse(body);
    if (!parsed.success) return invalid(parsed.error);
    const { model, input } = parsed.data;
    return { model, texts: typeof input === 'string' ? [input] : input };
  },

  chatReply: ({ model }, { text, isCut, promptTokens, answerTokens }) =>
    jsonReply({
      model,
      created_at: '2026-01-01T00:00:00.000000Z',
      message: { role: 'assistant', content: text },
      done: true,
      done_reason: isCut ? 'length' : 'stop',
      total_duration: 2_000_000,
      load_duration: 1_000_000,
      prompt_eval_count: promptTokens,
      eval_count: answerTokens,
    }),

  embedReply: ({ model }, vectors) =>
    jsonReply({ model, embeddings: vectors, total_duration: 1000, load_duration: 1 }),

  deadReply: () => jsonReply({ error: 'llama runner process has terminated: exit status 2' }),
};

/** Starts a scripted Ollama on loopback. */
export function startOllama(options: OllamaOptions = {}): Promise<ModelSimulator> {
  return startModelService(vendor, { ...options, apiKey: null });
}

/** What is too long for the window loses its beginning, without a word. */
function window(
  user: string,
  system: string,
  { num_ctx = usualContextTokens, num_predict = 0 }: NonNullable<Chat['options']>,
): ChatRequest['user'] {
  const characters = (num_ctx - num_predict) * 4 - system.length;
  return user.length <= characters ? user : user.slice(user.length - Math.max(0, characters));
}

function invalid(error: z.ZodError): Refusal {
  return { status: 400, message: error.issues[0]?.message ?? 'invalid request' };
}

function tagged(model: string): string {
  return model.includes(':') ? model : `${model}:latest`;
}
