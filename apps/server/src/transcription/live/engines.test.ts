import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../base/index.ts';
import type { Transcriber } from '../ports.ts';
import { createLiveEngines } from './engines.ts';

const broken = new ProviderError('a', 'transient', 'the connection broke');

function engine(name: string, concurrency: number): Transcriber {
  return {
    name,
    capabilities: {
      timestamps: 'word',
      unit: 'stretch',
      diarization: false,
      keyterms: false,
      languages: 'any',
      concurrency: 1,
      maxAudioMs: 60_000,
    },
    probe: async () => ({ available: true, model: 'm' }),
    transcribe: async () => ({ kind: 'silence', model: 'm' }),
    live: {
      interim: true,
      concurrency,
      maxPace: 1,
      open: () => {
        throw new Error('not opened here');
      },
    },
  };
}

/** The engines in order of preference, and what the pool is told of them. */
function room(...engines: readonly Transcriber[]) {
  const told: string[] = [];
  const live = createLiveEngines({
    choose: (tried) => engines.find((each) => !tried?.has(each)) ?? null,
    reportFailure: ({ name }) => void told.push(`${name} failed`),
    reportSuccess: ({ name }) => void told.push(`${name} succeeded`),
    reportAbandoned: ({ name }) => void told.push(`${name} abandoned`),
  });
  const take = (...without: string[]) => live.lease(new Set(without));
  return { take, told };
}

describe('the live engines', () => {
  it('are leased in order of preference, none more often than it serves at once', () => {
    const { take } = room(engine('a', 1), engine('b', 1));
    const first = take();
    expect([first?.name, take()?.name, take()]).toEqual(['a', 'b', null]);
    first?.release();
    first?.release();
    expect([take()?.name, take()]).toEqual(['a', null]);
    expect(room(engine('a', 1), engine('b', 1)).take('a')?.name).toBe('b');
  });

  it('are taken to have been given up when nothing was reported of a session', () => {
    const { take, told } = room(engine('a', 2));
    take()?.release();
    const used = take();
    used?.reportSuccess();
    used?.release();
    expect(told).toEqual(['a abandoned', 'a succeeded']);
  });

  it('do not count as working again by what sessions heard that began before a failure', () => {
    const { take, told } = room(engine('a', 3), engine('b', 3));
    const [lost, older] = [take(), take()];
    const other = take('a');
    lost?.reportFailure(broken);
    older?.reportSuccess();
    other?.reportSuccess();
    take()?.reportSuccess();
    expect(told.filter((each) => each !== 'a abandoned')).toEqual([
      'a failed',
      'b succeeded',
      'a succeeded',
    ]);
  });
});
