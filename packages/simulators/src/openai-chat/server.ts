import { z } from 'zod';
import { jsonReply, modelListReply, type Refusal, type Reply } from '../http-service/index.ts';
import {
  startModelService,
  wordsOf,
  type ModelServiceOptions,
  type ModelSimulator,
  type ModelVendor,
} from '../language-model/index.ts';

/** What a compatible server does not take: older ones, and models that reason. */
export interface OpenAiChatRules {
  readonly refuses?: readonly (
    'json_schema' | 'json_object' | 'max_completion_tokens' | 'temperature'
  )[];
  /** Does not say which field it was that it does not take. */
  readonly isVague?: boolean;
  /** Tokens of a request with its answer; default 128,000. */
  readonly contextTokens?: number;
}

export interface OpenAiChatOptions extends ModelServiceOptions, OpenAiChatRules {}

const chatSchema = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  temperature: z.number().optional(),
  max_tokens: z.int().optional(),
  max_completion_tokens: z.int().optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({
          name: z.string().regex(/^[\w-]{1,64}$/),
          strict: z.boolean().optional(),
          schema: z.record(z.string(), z.unknown()),
        }),
      }),
    ])
    .optional(),
});
type Chat = z.infer<typeof chatSchema>;

const embedSchema = z.object({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string().min(1)).min(1)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
});

function vendorOf(rules: OpenAiChatRules): ModelVendor {
  return {
    paths: { chat: '/v1/chat/completions', embed: '/v1/embeddings', models: '/v1/models' },
    modelsReply: modelListReply,
    wrongKey: { status: 401, message: 'Incorrect API key provided.', code: 'invalid_api_key' },
    refusalReply,

    readChat(body) {
      const parsed = chatSchema.safeParse(body);
      if (!parsed.success) return bad(parsed.error.issues[0]?.path.join('.') ?? '');
      const { model, messages, response_format: format, ...rest } = parsed.data;
      const mistake = notTaken(parsed.data, rules) ?? schemaMistake(format);
      if (mistake)
        return rules.isVague ? { status: mistake.status, message: 'Bad request' } : mistake;
      const request = {
        model,
        system: wordsOf(messages, 'system'),
        user: wordsOf(messages, 'user'),
        schema: format?.type === 'json_schema' ? format.json_schema.schema : null,
        maxAnswerTokens: rest.max_completion_tokens ?? rest.max_tokens ?? null,
      };
      const tokens = (request.system.length + request.user.length) / 4;
      const { contextTokens = 128_000 } = rules;
      if (tokens + (request.maxAnswerTokens ?? 0) <= contextTokens) return request;
      return { ...bad('messages'), code: 'context_length_exceeded' };
    },

    readEmbed(body) {
      const parsed = embedSchema.safeParse(body);
      if (!parsed.success) return bad('input');
      const { model, input } = parsed.data;
      return { model, texts: typeof input === 'string' ? [input] : input };
    },

    chatReply: ({ model }, { text, isCut, isRefused, promptTokens, answerTokens }) =>
      jsonReply({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_767_225_600,
        model,
        choices: [
          {
            index: 0,
            finish_reason: isCut ? 'length' : 'stop',
            message: isRefused
              ? { role: 'assistant', content: null, refusal: 'I cannot help with that.' }
              : { role: 'assistant', content: text, refusal: null },
          },
        ],
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: answerTokens,
          total_tokens: promptTokens + answerTokens,
        },
      }),

    // In any order: each says where it belongs.
    embedReply: ({ model }, vectors) =>
      jsonReply({
        object: 'list',
        model,
        data: vectors
          .map((embedding, index) => ({ object: 'embedding', index, embedding }))
          .toReversed(),
        usage: { prompt_tokens: 1, total_tokens: 1 },
      }),

    deadReply: () => refusalReply({ status: 500, message: 'The server had an error' }),
  };
}

/** Starts a scripted `/v1/chat/completions` on loopback: OpenAI's, or that of a compatible server. */
export function startOpenAiChat(options: OpenAiChatOptions = {}): Promise<ModelSimulator> {
  return startModelService(vendorOf(options), { apiKey: 'simulated-key', ...options });
}

/** The field that this server does not take; null where it takes all. */
function notTaken(chat: Chat, { refuses = [] }: OpenAiChatRules): Refusal | null {
  const unsupported = (param: string): Refusal => ({
    ...bad(param),
    code: 'unsupported_parameter',
  });
  const format = chat.response_format?.type;
  if (format && refuses.includes(format)) return unsupported('response_format');
  if (chat.temperature !== undefined && refuses.includes('temperature')) {
    return unsupported('temperature');
  }
  const hasLimit = chat.max_completion_tokens !== undefined;
  return hasLimit && refuses.includes('max_completion_tokens')
    ? unsupported('max_completion_tokens')
    : null;
}

/** In strict mode every object names all it may hold, and wants all of it. */
function schemaMistake(format: Chat['response_format']): Refusal | null {
  if (format?.type !== 'json_schema' || !format.json_schema.strict) return null;
  return isStrict(format.json_schema.schema) ? null : bad('response_format');
}

function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== 'object' || schema === null) return true;
  const { type, properties, required, additionalProperties } = schema as Record<string, unknown>;
  if (type === 'object') {
    const names = Object.keys(properties ?? {});
    const wanted = Array.isArray(required) ? (required as unknown[]) : [];
    if (additionalProperties !== false || !names.every((name) => wanted.includes(name)))
      return false;
  }
  return Object.values(schema).every(isStrict);
}

function bad(param: string): Refusal {
  return { status: 400, message: `invalid ${param}`, code: 'invalid_value', param };
}

function refusalReply({ status, message, code, param }: Refusal): Reply {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  const error = { message, type, param: param ?? null, code: code ?? null };
  return jsonReply({ error }, status);
}
