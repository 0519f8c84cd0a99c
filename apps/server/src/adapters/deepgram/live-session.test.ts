import { startDeepgram, type DeepgramFault, type DeepgramSimulator } from '@friend-lite/simulators';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../../base/fake-clock.ts';
import { noHints, type LiveResult, type LiveSession } from '../../transcription/index.ts';
import type { ProviderError } from '../../base/index.ts';
import { deepgramTranscriber } from './transcriber.ts';

const second = new Uint8Array(32_000);

let service: DeepgramSimulator;
let clock: FakeClock;
beforeEach(async () => {
  service = await startDeepgram({ script: [], speed: Infinity });
  clock = fakeClock();
});
afterEach(() => service.close());

interface Heard {
  readonly session: LiveSession;
  readonly results: LiveResult[];
  readonly ends: (ProviderError | null)[];
}

function open(fault: DeepgramFault = {}): Heard {
  service.faults.next(fault);
  const { live } = deepgramTranscriber({
    apiKey: service.apiKey,
    baseUrl: service.url,
    model: 'nova-3',
    clock,
  });
  const results: LiveResult[] = [];
  const ends: (ProviderError | null)[] = [];
  const session = live!.open(noHints, {
    onResult: (result) => results.push(result),
    onEnd: (failure) => ends.push(failure),
  });
  return { session, results, ends };
}

const texts = () => service.requests[0]?.stream?.texts ?? [];
const audioBytes = () => service.requests[0]?.stream?.audioBytes ?? 0;
const keepAlive = '{"type":"KeepAlive"}';

describe('a live session with Deepgram', () => {
  it('connects with the first sound, which waits until then', async () => {
    const { session } = open();
    expect(session.waitingMs).toBe(0);
    session.send(new Uint8Array(0));
    expect(service.requests).toHaveLength(0);
    session.send(second);
    session.send(second);
    expect(session.waitingMs).toBe(2000);
    await expect.poll(audioBytes).toBe(64_000);
    expect(session.waitingMs).toBe(0);
    session.abort();
  });

  it('is kept alive in silence, and only then', async () => {
    const { session } = open();
    session.send(second);
    await expect.poll(audioBytes).toBe(32_000);
    clock.advance(3900);
    session.send(second);
    await expect.poll(audioBytes).toBe(64_000);
    clock.advance(3900);
    session.flush();
    await expect.poll(texts).toEqual(['{"type":"Finalize"}']);
    clock.advance(8000);
    await expect.poll(texts).toEqual(['{"type":"Finalize"}', keepAlive, keepAlive]);
    session.abort();
    clock.advance(60_000);
    expect(texts()).toHaveLength(3);
  });

  it('gives up a connection that does not come about within 5 s', () => {
    service.outage('silent');
    const { session, ends } = open();
    session.send(second);
    clock.advance(4999);
    expect(ends).toEqual([]);
    clock.advance(1);
    expect(ends).toMatchObject([{ failure: 'timeout' }]);
    expect(session.waitingMs).toBe(0);
  });

  it('gives up a service that takes no more sound', () => {
    service.outage('silent');
    const { session, ends } = open();
    for (let sent = 0; sent < 121; sent += 1) session.send(second);
    expect(ends).toMatchObject([{ failure: 'transient' }]);
  });

  it('does not wait for the last words for more than 10 s', async () => {
    const { session, ends } = open({ stallsAfterAudioMs: 0 });
    session.send(second);
    session.finish();
    await expect.poll(() => texts().at(-1)).toBe('{"type":"CloseStream"}');
    clock.advance(9999);
    expect(ends).toEqual([]);
    clock.advance(1);
    expect(ends).toMatchObject([{ failure: 'timeout' }]);
  });

  it('ends well at once when it got no sound', async () => {
    const { session, ends } = open();
    session.finish();
    session.finish();
    expect(ends).toEqual([]);
    await expect.poll(() => ends).toEqual([null]);
    expect(service.requests).toHaveLength(0);
  });

  it('does not take a close in order for the last word', async () => {
    // Says that it was open, which some servers do with the message that others end with.
    const { session, ends } = open({
      metadataAtOpen: true,
      breaks: { afterMessages: 1, how: { code: 1000 } },
    });
    session.send(second);
    session.finish();
    await expect.poll(() => ends).toMatchObject([{ failure: 'transient' }]);
  });

  it('says nothing more after abort, whatever was on its way', async () => {
    const { session, results, ends } = open();
    session.send(second);
    await expect.poll(audioBytes).toBe(32_000);
    session.flush();
    session.abort();
    session.send(second);
    session.finish();
    const before = results.length;
    await expect.poll(() => service.openStreams).toBe(0);
    clock.advance(60_000);
    expect(results).toHaveLength(before);
    expect(ends).toEqual([]);
    expect(audioBytes()).toBe(32_000);
  });
});
