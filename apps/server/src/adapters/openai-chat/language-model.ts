import { z } from 'zod';
import { parseJson, ProviderError } from '../../base/index.ts';
import {
  estimateTokens,
  type LanguageModel,
  type ModelAnswer,
  type ModelRequest,
} from '../../memory/index.ts';
import {
  openAiService,
  provider,
  refusalOf,
  refused,
  type OpenAiOptions,
  type Refusal,
} from './service.ts';

/** Facts, not prose. */
const temperature = 0.1;

/** How a request is put; servers differ in what they take. */
interface RequestForm {
  readonly format: 'json_schema' | 'json_object' | 'none';
  readonly limitField: 'max_completion_tokens' | 'max_tokens';
  /** Models that reason take none. */
  readonly hasTemperature: boolean;
}

const fullForm: RequestForm = {
  format: 'json_schema',
  limitField: 'max_completion_tokens',
  hasTemperature: true,
};

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
});

/**
 * A model behind a server that speaks OpenAI's protocol (`POST {baseUrl}/chat/completions`). A server that does not take
 * a field is asked without it from then on.
 *
 * @param options.contextTokens what the model takes at once; the protocol does not tell.
 */
export function openAiLanguageModel(
  options: OpenAiOptions & { readonly contextTokens: number },
): LanguageModel {
  const { model, contextTokens } = options;
  const service = openAiService(options);
  let form = fullForm;

  async function ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    for (let asked = form; ;) {
      const answer = await service.post('/chat/completions', bodyOf(model, request, asked), signal);
      if (answer.status === 200) {
        form = asked;
        return readAnswer(answer.body, request);
      }
      const refusal = refusalOf(answer);
      const less = lessThan(asked, refusal);
      if (!less) throw refused(refusal);
      asked = less;
    }
  }

  return { name: provider, model, contextTokens, probe: (signal) => service.probe(signal), ask };
}

function bodyOf(model: string, request: ModelRequest, form: RequestForm) {
  const { instructions, data, schema, schemaName: name, maxAnswerTokens } = request;
  const formats = {
    json_schema: { type: 'json_schema', json_schema: { name, schema, strict: true } },
    json_object: { type: 'json_object' },
    none: null,
  };
  const format = formats[form.format];
  return {
    model,
    messages: [
      { role: 'system', content: instructions },
      { role: 'user', content: data },
    ],
    [form.limitField]: maxAnswerTokens,
    ...(form.hasTemperature && { temperature }),
    ...(format && { response_format: format }),
  };
}

/** A form without what was refused; null when it was something else. */
function lessThan(form: RequestForm, { status, code, field }: Refusal): RequestForm | null {
  if (status !== 400 && status !== 422) return null;
  if (code === 'context_length_exceeded') return null;
  if (field === 'temperature' && form.hasTemperature) return { ...form, hasTemperature: false };
  if (field === 'max_completion_tokens' && form.limitField === field) {
    return { ...form, limitField: 'max_tokens' };
  }
  if (field === null || field.startsWith('response_format')) {
    // Older servers say no more than that something is wrong.
    if (form.format === 'json_schema') return { ...form, format: 'json_object' };
    if (form.format === 'json_object') return { ...form, format: 'none' };
    if (form.limitField === 'max_completion_tokens') return { ...form, limitField: 'max_tokens' };
  }
  return null;
}

function readAnswer(body: string, { instructions, data }: ModelRequest): ModelAnswer {
  const parsed = answerSchema.safeParse(parseJson(body));
  const [choice] = parsed.data?.choices ?? [];
  if (!parsed.success || !choice) {
    throw new ProviderError(provider, 'transient', 'the answer is cut short, or none');
  }
  const { message, finish_reason: reason } = choice;
  if (reason === 'content_filter' || (message.refusal ?? '') !== '') {
    throw new ProviderError(provider, 'bad-request', 'the model refuses to answer');
  }
  const text = message.content ?? '';
  const { usage } = parsed.data;
  return {
    text,
    isCut: reason === 'length',
    usage: {
      promptTokens: usage?.prompt_tokens ?? estimateTokens(instructions) + estimateTokens(data),
      answerTokens: usage?.completion_tokens ?? estimateTokens(text),
    },
  };
}
