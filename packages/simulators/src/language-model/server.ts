import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bodyOf,
  createFaults,
  errorPage,
  jsonReply,
  listen,
  plannedRefusal,
  sendReply,
  type FaultSwitch,
  type Outage,
  type Refusal,
  type Reply,
} from '../http-service/index.ts';
import { wordVector } from './embedding.ts';
import { said, spoiltVectors, type ModelFault, type ModelKind } from './faults.ts';

/** What a model is asked. */
export interface ChatRequest {
  readonly model: string;
  /** What stands in messages of the system, and of the user. */
  readonly system: string;
  readonly user: string;
  /** The schema that the answer must have; null where none was given. */
  readonly schema: unknown;
  readonly maxAnswerTokens: number | null;
}

export interface EmbedRequest {
  readonly model: string;
  readonly texts: readonly string[];
}

/** What a model has answered, and what that took. */
export interface Generated {
  readonly text: string;
  readonly isCut: boolean;
  readonly isRefused: boolean;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** What a service with models has of its own. */
export interface ModelVendor {
  readonly paths: Readonly<Record<ModelKind, string>>;
  modelsReply(models: readonly string[]): Reply;
  /** What is answered without the right key. */
  readonly wrongKey: Refusal;
  /** A refusal in the vendor's form. */
  refusalReply(refusal: Refusal): Reply;
  /** What is asked; a refusal where the vendor does not take it. */
  readChat(body: unknown): ChatRequest | Refusal;
  readEmbed(body: unknown): EmbedRequest | Refusal;
  chatReply(request: ChatRequest, generated: Generated): Reply;
  embedReply(request: EmbedRequest, vectors: readonly (readonly (number | null)[])[]): Reply;
  /** What is answered when the model dies while it writes. */
  deadReply(): Reply;
}

export interface ModelServiceOptions {
  /** What the model says; what is no text is said as JSON. Default: an empty object. */
  readonly answer?: (request: ChatRequest) => unknown;
  /** Default: one that is called `simulated`. */
  readonly models?: readonly string[];
  /** Of vectors; default 64. */
  readonly dimension?: number;
  /** Default: none is wanted. */
  readonly apiKey?: string | null;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

/** A request as it came in. */
export interface RecordedModelRequest {
  readonly kind: ModelKind | 'other';
  readonly path: string;
  /** Null when there was none. */
  readonly authorization: string | null;
  /** Null when there was none, or it was no JSON. */
  readonly body: unknown;
  /** Null until it was answered. */
  readonly status: number | null;
}

export interface ModelSimulator {
  readonly port: number;
  /** Without the vendor's path. */
  readonly url: string;
  readonly apiKey: string | null;
  readonly faults: FaultSwitch<ModelFault>;
  /** Takes the whole service away, or with null brings it back. */
  outage(kind: Outage | null): void;
  /** Every request so far, in the order in which they came. */
  readonly requests: readonly RecordedModelRequest[];
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const maxBodyBytes = 16 * 1024 * 1024;

/** Starts a scripted service with models on loopback. */
export async function startModelService(
  vendor: ModelVendor,
  options: ModelServiceOptions,
): Promise<ModelSimulator> {
  const { answer = () => ({}), models = ['simulated'], dimension = 64, apiKey = null } = options;
  const faults = createFaults<ModelKind, ModelFault>('chat');
  const requests: Mutable<RecordedModelRequest>[] = [];
  const listener = await listen(options.port ?? 0, serve);

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = jsonOf(await bodyOf(message, maxBodyBytes));
    const { method = '', url = '', headers } = message;
    const request: Mutable<RecordedModelRequest> = {
      kind: kindOf(vendor, method, url),
      path: url,
      authorization: headers.authorization ?? null,
      body,
      status: null,
    };
    requests.push(request);
    const fault = request.kind === 'other' ? {} : (faults.take(request.kind) ?? {});
    const reply = replyTo(request, fault);
    if (fault.answerDelayMs) await sleep(fault.answerDelayMs);
    if (listener.outage() === 'silent') return;
    request.status = fault.silent ? null : reply.status;
    await sendReply(response, reply, fault);
  }

  function replyTo({ kind, authorization, body }: RecordedModelRequest, fault: ModelFault): Reply {
    const refuse = (refusal: Refusal): Reply => vendor.refusalReply(refusal);
    if (listener.outage() === 'unavailable') {
      return plannedRefusal({ status: 503, form: 'html' }, refuse);
    }
    if (fault.refuses) return plannedRefusal(fault.refuses, refuse);
    if (apiKey !== null && authorization !== `Bearer ${apiKey}`) return refuse(vendor.wrongKey);
    switch (kind) {
      case 'other':
        return refuse({ status: 404, message: 'Not Found' });
      case 'models':
        return vendor.modelsReply(models);
      case 'chat':
        return spoilt(chat(vendor.readChat(body), fault), fault);
      case 'embed':
        return spoilt(embed(vendor.readEmbed(body), fault), fault);
    }
  }

  function chat(request: ChatRequest | Refusal, fault: ModelFault): Reply {
    if ('status' in request) return vendor.refusalReply(request);
    const missing = missingModel(request.model);
    if (missing) return missing;
    const value = answer(request);
    const text = said(typeof value === 'string' ? value : JSON.stringify(value), fault);
    return vendor.chatReply(request, {
      text,
      isCut: fault.isCut ?? false,
      isRefused: fault.refusal ?? false,
      promptTokens: Math.ceil((request.system.length + request.user.length) / 4),
      answerTokens: Math.ceil(text.length / 4),
    });
  }

  function embed(request: EmbedRequest | Refusal, fault: ModelFault): Reply {
    if ('status' in request) return vendor.refusalReply(request);
    const vectors = request.texts.map((text) => wordVector(text, dimension));
    return missingModel(request.model) ?? vendor.embedReply(request, spoiltVectors(vectors, fault));
  }

  function missingModel(model: string): Reply | null {
    const isThere = models.some((name) => name === model || name === `${model}:latest`);
    const message = `model '${model}' not found`;
    return isThere
      ? null
      : vendor.refusalReply({ status: 404, message, code: 'model_not_found', param: 'model' });
  }

  function spoilt(reply: Reply, { body }: ModelFault): Reply {
    switch (body) {
      case 'cut-json':
        return { ...reply, body: reply.body.slice(0, reply.body.length / 2) };
      case 'html':
        return { ...reply, body: errorPage };
      case 'wrong-shape':
        return jsonReply({ message: 7, choices: 'none', data: {}, embeddings: 1 });
      case 'error':
        return vendor.deadReply();
      default:
        return reply;
    }
  }

  return {
    port: listener.port,
    url: listener.url,
    apiKey,
    faults,
    outage: (kind) => listener.setOutage(kind),
    requests,
    close: () => listener.close(),
  };
}

function kindOf({ paths }: ModelVendor, method: string, path: string): ModelKind | 'other' {
  if (method === 'GET') return path === paths.models ? 'models' : 'other';
  if (path === paths.chat) return 'chat';
  return path === paths.embed ? 'embed' : 'other';
}

function jsonOf(bytes: Uint8Array | null): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** The words of all messages of one role. */
export function wordsOf(
  messages: readonly { readonly role: string; readonly content: string }[],
  role: 'system' | 'user',
): string {
  return messages
    .filter((message) => message.role === role)
    .map(({ content }) => content)
    .join('\n');
}
