import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Clock, type Log } from '../../base/index.ts';
import type { Model, ModelStatus, ModelStore } from '../../models/index.ts';
import { download } from './download.ts';

/** Pauses between the tries for a file. */
const pausesMs = [1000, 5000, 15_000, 30_000];

/** A fetch under way. */
interface Fetching {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** By the names of the files. */
  readonly sizes: Map<string, number>;
  readonly received: Map<string, number>;
}

/**
 * Models of a hub such as huggingface.co.
 *
 * @param folder each model has one of its own in it.
 * @param hubUrl without a slash at its end.
 */
export function modelHub(options: {
  readonly folder: string;
  readonly hubUrl: string;
  readonly models: readonly Model[];
  readonly clock: Clock;
  readonly log: Log;
}): ModelStore {
  const { models, clock, log } = options;
  const fetching = new Map<string, Fetching>();
  const problems = new Map<string, string>();

  const folderOf = (model: Model): string => join(options.folder, model.name);
  const pathOf = (model: Model, file: string): string => join(folderOf(model), file);

  function find(name: string): Model {
    const model = models.find((each) => each.name === name);
    if (!model) {
      const names = models.map((each) => each.name).join(', ');
      throw new AppError('model_not_found', { names });
    }
    return model;
  }

  async function isWhole(model: Model): Promise<boolean> {
    const found = await Promise.all(model.files.map(({ name }) => sizeOf(pathOf(model, name))));
    return found.every((size) => size !== null);
  }

  async function statusOf(model: Model): Promise<ModelStatus> {
    const running = fetching.get(model.name);
    if (running) {
      const isSized = running.sizes.size === model.files.length;
      return {
        model,
        state: 'fetching',
        byteCount: sum(running.received.values()),
        totalBytes: isSized ? sum(running.sizes.values()) : null,
        problem: null,
      };
    }
    const names = await readdir(folderOf(model)).catch(() => []);
    const sizes = await Promise.all(names.map((name) => sizeOf(pathOf(model, name))));
    const byteCount = sum(sizes.map((size) => size ?? 0));
    const isPresent = await isWhole(model);
    return {
      model,
      state: isPresent ? 'present' : 'absent',
      byteCount,
      totalBytes: isPresent ? byteCount : null,
      problem: isPresent ? null : (problems.get(model.name) ?? null),
    };
  }

  function begin(model: Model): Fetching {
    const stop = new AbortController();
    const [sizes, received] = [new Map<string, number>(), new Map<string, number>()];
    const done = fetchAll(model, { sizes, received, signal: stop.signal }).finally(() =>
      fetching.delete(model.name),
    );
    // Whoever waits hears of it; nobody has to.
    done.catch(() => undefined);
    const begun = { done, stop, sizes, received };
    fetching.set(model.name, begun);
    return begun;
  }

  async function fetchAll(
    model: Model,
    progress: Pick<Fetching, 'sizes' | 'received'> & { readonly signal: AbortSignal },
  ): Promise<void> {
    log.info('fetching a model', { model: model.name });
    problems.delete(model.name);
    await mkdir(folderOf(model), { recursive: true });
    try {
      for (const { name } of model.files) await fetchFile(model, name, progress);
    } catch (error) {
      const reason = error instanceof Error ? reasonOf(error) : 'it failed';
      if (!progress.signal.aborted) problems.set(model.name, reason);
      log.warn('a model was not fetched', { model: model.name, reason });
      throw new AppError('model_not_fetched', { name: model.name, reason }, { cause: error });
    }
    log.info('a model was fetched', {
      model: model.name,
      byteCount: sum(progress.received.values()),
    });
  }

  async function fetchFile(
    model: Model,
    name: string,
    {
      sizes,
      received,
      signal,
    }: Pick<Fetching, 'sizes' | 'received'> & { readonly signal: AbortSignal },
  ): Promise<void> {
    const path = pathOf(model, name);
    const present = await sizeOf(path);
    if (present !== null) {
      sizes.set(name, present);
      received.set(name, present);
      return;
    }
    const url = `${options.hubUrl}/${model.repository}/resolve/main/${encodeURIComponent(name)}`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await download({
          url,
          path,
          onSize: (size) => sizes.set(name, size),
          onBytes: (count) => received.set(name, count),
          clock,
          signal,
        });
        return;
      } catch (error) {
        const pauseMs = pausesMs[attempt];
        if (signal.aborted || pauseMs === undefined) throw error;
        await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
        signal.throwIfAborted();
      }
    }
  }

  return {
    list: () => Promise.all(models.map(statusOf)),

    async status(name) {
      const model = models.find((each) => each.name === name);
      return model ? statusOf(model) : null;
    },

    async paths(name) {
      const model = models.find((each) => each.name === name);
      if (!model || fetching.has(name) || !(await isWhole(model))) return null;
      return Object.fromEntries(model.files.map((file) => [file.role, pathOf(model, file.name)]));
    },

    async fetch(name, signal) {
      const model = find(name);
      signal.throwIfAborted();
      const { done } = fetching.get(name) ?? begin(model);
      const given = Promise.withResolvers<never>();
      const giveUp = (): void => given.reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await Promise.race([done, given.promise]);
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },

    async remove(name) {
      const model = find(name);
      const running = fetching.get(name);
      running?.stop.abort(new Error('the model is being removed'));
      await running?.done.catch(() => undefined);
      problems.delete(name);
      const names = await readdir(folderOf(model)).catch(() => []);
      await rm(folderOf(model), { recursive: true, force: true });
      return names.length > 0;
    },
  };
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/** `fetch` says nothing but that it failed, and why in its cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
