import { describe, expect, it } from 'vitest';
import { createUploads, type UploadFacts } from './uploads.ts';

interface Sending {
  readonly name: string;
  readonly facts: UploadFacts;
  readonly signal: AbortSignal;
  readonly report: (fraction: number) => void;
  readonly resolve: (jobId: string) => void;
  readonly reject: (error: unknown) => void;
}

const facts: UploadFacts = { deviceName: 'upload', recordedAt: null };
const fileOf = (name: string): File => new File(['sound'], name);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const sent: Sending[] = [];
  const uploads = createUploads(
    (file, itsFacts, report, signal) =>
      new Promise((resolve, reject) => {
        sent.push({ name: file.name, facts: itsFacts, signal, report, resolve, reject });
      }),
  );
  const steps = (): readonly string[] => uploads.list().map(({ transfer }) => transfer.step);
  return { uploads, sent, steps };
}

describe('uploads', () => {
  it('sends one file after another, past one that fails', async () => {
    const { uploads, sent, steps } = setUp();
    uploads.add([fileOf('a'), fileOf('b'), fileOf('c')], facts);
    expect(steps()).toEqual(['sending', 'waiting', 'waiting']);
    sent[0]?.resolve('job-a');
    await settled();
    expect(steps()).toEqual(['sent', 'sending', 'waiting']);
    sent[1]?.reject(new Error('no line'));
    await settled();
    expect(steps()).toEqual(['sent', 'failed', 'sending']);
    expect(sent.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('tells how far a file is, and makes another list of it', () => {
    const { uploads, sent } = setUp();
    uploads.add([fileOf('a')], facts);
    const before = uploads.list();
    let changes = 0;
    uploads.subscribe(() => changes++);
    sent[0]?.report(0.5);
    expect(uploads.list()[0]?.transfer).toEqual({ step: 'sending', fraction: 0.5 });
    expect(uploads.list()).not.toBe(before);
    expect(changes).toBe(1);
  });

  it('gives up what is removed while it is sent, and goes on with the next', async () => {
    const { uploads, sent, steps } = setUp();
    uploads.add([fileOf('a'), fileOf('b'), fileOf('c')], facts);
    uploads.remove(uploads.list()[0]?.id ?? 0);
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(steps()).toEqual(['sending', 'waiting']);
    // What comes late of the first is nobody's.
    sent[0]?.report(0.9);
    sent[0]?.resolve('job-a');
    await settled();
    expect(uploads.list()[0]?.transfer).toEqual({ step: 'sending', fraction: 0 });
    expect(steps()).toEqual(['sending', 'waiting']);
  });

  it('takes no word of progress after a file was sent', async () => {
    const { uploads, sent, steps } = setUp();
    uploads.add([fileOf('a')], facts);
    sent[0]?.resolve('job-a');
    await settled();
    sent[0]?.report(1);
    expect(steps()).toEqual(['sent']);
  });

  it('sends a file that failed again, with the same facts', async () => {
    const { uploads, sent, steps } = setUp();
    uploads.add([fileOf('a')], { deviceName: 'phone', recordedAt: new Date(0) });
    sent[0]?.reject(new Error('no line'));
    await settled();
    uploads.retry(uploads.list()[0]?.id ?? 0);
    expect(steps()).toEqual(['sending']);
    expect(sent[1]?.facts).toEqual({ deviceName: 'phone', recordedAt: new Date(0) });
  });

  it('leaves nothing to who signs in next', () => {
    const { uploads, sent } = setUp();
    uploads.add([fileOf('a'), fileOf('b')], facts);
    uploads.clear();
    expect(uploads.list()).toEqual([]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.signal.aborted).toBe(true);
  });
});
