import type { DetectorInfo, VoiceActivityDetector } from './audio/index.ts';
import type { Captures } from './capture/index.ts';
import type { ServiceCheck, ServiceReport } from './health/index.ts';
import type { JobQueue } from './jobs/index.ts';
import type { GuardedModel } from './memory/index.ts';
import type { TranscriberPool, VoiceIdentifier } from './transcription/index.ts';

export interface CheckedServices {
  readonly records: { describe(): { readonly engine: string; readonly byteCount: number } };
  /** Bytes that can still be written where sound is kept. */
  readonly freeBytes: () => Promise<number>;
  /** Whether nothing new is recorded, for want of space. */
  readonly isStorageFull: () => boolean;
  /** Whether sound can be packed; null when that is not wanted. */
  readonly canPack: (() => Promise<boolean>) | null;
  readonly detector: Pick<VoiceActivityDetector, 'describe'>;
  readonly pool: Pick<TranscriberPool, 'describe'>;
  /** Captures of which much speech and not one word was heard. */
  readonly captions: { wordless(): readonly unknown[] };
  /** Null: nobody is set up. */
  readonly voiceIdentifier: Pick<VoiceIdentifier, 'probe'> | null;
  /** Null: rules find the memories. */
  readonly languageModel: Pick<GuardedModel, 'name' | 'probe' | 'breakerState'> | null;
  readonly jobs: Pick<JobQueue, 'countByState'>;
  readonly captures: Pick<Captures, 'active' | 'counts'>;
}

const pcmBytesPerHour = 32_000 * 3600;

/** What the server says of itself, at its start and under `/health`. */
export function serviceChecks(services: CheckedServices): readonly ServiceCheck[] {
  return [
    {
      name: 'storage',
      label: 'Storage',
      critical: true,
      check: async () => {
        const { engine, byteCount } = services.records.describe();
        return { healthy: true, detail: `${engine}, ${sizeOf(byteCount)} of records` };
      },
    },
    {
      name: 'audio_files',
      label: 'Sound files',
      critical: true,
      check: () => describeDisk(services),
    },
    {
      name: 'voice_activity',
      label: 'Speech detection',
      critical: false,
      check: async () => describeDetector(await services.detector.describe()),
    },
    {
      name: 'speech_to_text',
      label: 'Speech recogniser',
      critical: false,
      check: async () => describeRecognisers(services.pool),
    },
    {
      name: 'words',
      label: 'Words from speech',
      critical: false,
      check: async () => describeWords(services),
    },
    ...voiceChecks(services.voiceIdentifier),
    {
      name: 'language_model',
      label: 'Language model',
      critical: false,
      check: (signal) => describeLanguageModel(services.languageModel, signal),
    },
    {
      name: 'devices',
      label: 'Devices',
      critical: false,
      check: async () => describeDevices(services.captures),
    },
    {
      name: 'jobs',
      label: 'Jobs',
      critical: false,
      check: async () => describeJobs(await services.jobs.countByState()),
    },
  ];
}

async function describeLanguageModel(
  model: CheckedServices['languageModel'],
  signal: AbortSignal,
): Promise<ServiceReport> {
  if (!model) return { healthy: true, detail: 'None needed: rules find the memories' };
  const answer = await model.probe(signal);
  if (!answer.available) {
    return { healthy: false, detail: `${answer.reason} Rules find the memories meanwhile.` };
  }
  const name = `${model.name} (${answer.model})`;
  return model.breakerState() === 'open'
    ? {
        healthy: false,
        detail: `${name} answers, and fails at its work. It is left alone for a while.`,
      }
    : { healthy: true, detail: name };
}

/** Where nobody is set up, nothing is missing. */
function voiceChecks(identifier: CheckedServices['voiceIdentifier']): readonly ServiceCheck[] {
  if (!identifier) return [];
  const check = async (signal: AbortSignal): Promise<ServiceReport> => {
    const answer = await identifier.probe(signal);
    return answer.available
      ? { healthy: true, detail: 'Knows the voices enrolled with it' }
      : { healthy: false, detail: `${answer.reason} Speakers stay without names.` };
  };
  return [{ name: 'speaker_service', label: 'Speaker service', critical: false, check }];
}

async function describeDisk(services: CheckedServices): Promise<ServiceReport> {
  const freeBytes = await services.freeBytes();
  const hours = Math.floor(freeBytes / pcmBytesPerHour);
  const packing = await describePacking(services.canPack);
  const detail = `${sizeOf(freeBytes)} free, enough for ${hours} hours of sound${packing}`;
  return services.isStorageFull()
    ? { healthy: false, detail: `${detail}; nothing new is recorded until there is more room` }
    : { healthy: true, detail };
}

async function describePacking(canPack: CheckedServices['canPack']): Promise<string> {
  if (!canPack) return '; not packed (PACK_AUDIO_ENABLED)';
  return (await canPack()) ? '' : '; not packed: install ffmpeg to halve its size';
}

function describeDetector({ engine, note }: DetectorInfo): ServiceReport {
  const name = engine === 'silero-v6' ? 'Silero v6' : 'WebRTC';
  return { healthy: note === null, detail: note === null ? name : `${name}. ${note}` };
}

function describeRecognisers(pool: Pick<TranscriberPool, 'describe'>): ServiceReport {
  const engines = pool.describe();
  const answering = engines.filter((engine) => engine.available);
  const working = answering.find(({ breaker }) => breaker !== 'open');
  const advice = 'Set OFFLINE_ASR_TCP_URI to a Wyoming server, or install PocketSphinx.';
  if (!working) {
    const reasons = engines.map((engine) =>
      engine.available
        ? `${engine.name}: fails at its work and is left alone for a while`
        : `${engine.name}: ${engine.reason}`,
    );
    const why = reasons.length > 0 ? reasons.join('; ') : advice;
    return { healthy: false, detail: `None; conversations wait for one. ${why}` };
  }
  const down = engines
    .filter(({ available, breaker }) => !available || breaker === 'open')
    .map(({ name }) => name);
  const spare = down.length > 0 ? `; not available: ${down.join(', ')}` : '';
  return {
    healthy: true,
    detail: `${working.name} (${working.model})${spare}`,
    facts: {
      provider: working.name,
      model: working.model,
      ...Object.fromEntries(engines.map(({ name, breaker }) => [`${name}_breaker`, breaker])),
    },
  };
}

/** Sound that flows while no words come is what nobody notices until the day is over. */
function describeWords({
  captions,
  pool,
}: Pick<CheckedServices, 'captions' | 'pool'>): ServiceReport {
  const { length } = captions.wordless();
  // Without a recogniser none are to be expected, which is said above.
  if (length === 0 || !pool.describe().some(({ available }) => available)) {
    return { healthy: true, detail: 'Words come of what is said' };
  }
  const detail = `${length} ${length === 1 ? 'device hears' : 'devices hear'} speech for minutes, and no words come of it`;
  return { healthy: false, detail, facts: { wordless_devices: length } };
}

/** What devices did that they should not is counted, and is nobody's fault here. */
function describeDevices({ active, counts }: Pick<Captures, 'active' | 'counts'>): ServiceReport {
  const devices = active();
  const connected = devices.filter((device) => device.isConnected).length;
  const away = devices.length - connected;
  const facts = Object.fromEntries(
    Object.entries(counts.all())
      .filter(([, count]) => count > 0)
      .map(([event, count]) => [
        event.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        count,
      ]),
  );
  return { healthy: true, detail: `${connected} connected, ${away} expected back`, facts };
}

function describeJobs(count: Awaited<ReturnType<JobQueue['countByState']>>): ServiceReport {
  const open = count.queued + count.running;
  const detail = `${open} to do, ${count.waiting} waiting, ${count.dead} failed for good`;
  return { healthy: count.dead === 0, detail, facts: { waiting: count.waiting, dead: count.dead } };
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(1)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
