import type {
  ActiveClientBody,
  ConversationPageBody,
  HealthBody,
  ImportJobBody,
  MemoryBody,
  MemoryKind,
  RetentionSettingsBody,
  StorageBody,
  UserBody,
} from '@friend-lite/contract';
import { nothingChosen, storage } from './keeping-fixtures.ts';

/** What the fake server knows: a few days of somebody's life, in the shapes of the contract. */
export interface Fixtures {
  readonly user: UserBody;
  readonly devices: ActiveClientBody[];
  readonly conversations: Conversation[];
  readonly health: HealthBody;
  readonly storage: StorageBody;
  retention: RetentionSettingsBody;
}

export type Conversation = ConversationPageBody['conversation'];

const userId = '507f1f77bcf86cd799439011';
const laptop = '439011-laptop';
const pendant = '439011-pendant';
const dayMs = 86_400_000;

const user: UserBody = {
  id: userId,
  _id: userId,
  email: 'nora@example.com',
  display_name: 'Nora Lind',
  is_active: true,
  is_superuser: true,
  is_verified: true,
};

const iso = (ms: number): string => new Date(ms).toISOString();
const idOf = (index: number): string =>
  `7c9e6679-7425-40de-944b-${index.toString(16).padStart(12, '0')}`;

interface Line {
  readonly speaker: string | null;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const garden: readonly Line[] = [
  {
    speaker: 'Speaker 1',
    start: 1.2,
    end: 5.6,
    text: 'Good morning. Did you hear that Anna moves to Lisbon in March?',
  },
  {
    speaker: 'Speaker 2',
    start: 6.4,
    end: 10.9,
    text: 'No, really? She said she would never leave the sea here. What will she do there?',
  },
  {
    speaker: 'Speaker 1',
    start: 11.6,
    end: 17.2,
    text: 'She starts at the marine institute. Her brother Paul already lives there, close to the river.',
  },
  {
    speaker: 'Speaker 1',
    start: 17.9,
    end: 22.4,
    text: 'We should have a dinner before she goes. Maybe Friday the twelfth, at our place?',
  },
  {
    speaker: 'Speaker 2',
    start: 23.1,
    end: 28.3,
    text: 'Friday works. I will bring the lemon cake she likes, and I can call the others tonight.',
  },
  {
    speaker: 'Speaker 2',
    start: 40.6,
    end: 46.1,
    text: 'Sorry, that was the door. I also promised to return her blue bicycle before the weekend.',
  },
  {
    speaker: 'Speaker 1',
    start: 46.9,
    end: 52.4,
    text: 'Good that you say it. I would rather cycle there than drive, the parking is impossible.',
  },
  {
    speaker: 'Speaker 2',
    start: 53.2,
    end: 58.8,
    text: 'Then let us meet at the garden centre at ten and buy her something that travels well.',
  },
  {
    speaker: 'Speaker 1',
    start: 66.3,
    end: 71.5,
    text: 'A small olive tree, perhaps. Something that reminds her of home.',
  },
  {
    speaker: 'Speaker 2',
    start: 72.1,
    end: 76.4,
    text: 'Perfect. I will ask Paul whether their balcony gets any sun.',
  },
];

const remembered: readonly (readonly [MemoryKind, string, readonly string[], number])[] = [
  [
    'event',
    'Anna moves to Lisbon in March and starts at the marine institute.',
    ['Anna', 'Lisbon'],
    0,
  ],
  [
    'person',
    'Paul is the brother of Anna and lives in Lisbon, close to the river.',
    ['Paul', 'Anna'],
    2,
  ],
  [
    'commitment',
    'Bring the lemon cake to the dinner on Friday the twelfth.',
    ['Friday the twelfth'],
    4,
  ],
  ['commitment', 'Return the blue bicycle to Anna before the weekend.', ['Anna'], 5],
  ['preference', 'Would rather cycle than drive, because of the parking.', [], 6],
];

/**
 * Fixtures around `now`: today a live conversation and a complete one with cropped sound and a gap, and
 * before them one of every state that needs words.
 */
export function createFixtures(now: number): Fixtures {
  const at = (day: number, hour: number, minute: number): number => {
    const date = new Date(now - day * dayMs);
    return new Date(date.getFullYear(), date.getMonth(), date.getDate(), hour, minute).getTime();
  };
  const conversations = [
    conversation(0, now - 42_000, {
      state: 'active',
      ended_at: null,
      close_reason: null,
      duration_seconds: 42,
      stages: stages({ transcribe: pending, extract_memories: pending, crop_audio: pending }),
      client_id: laptop,
    }),
    withWords(conversation(1, now - 3 * 3_600_000, { duration_seconds: 78.4, client_id: pendant })),
    conversation(2, at(1, 21, 10), {
      title: 'The train to Gothenburg leaves at ten past six',
      duration_seconds: 412,
      memory_count: 2,
      has_memory: true,
    }),
    conversation(3, at(1, 18, 42), {
      state: 'awaiting-transcriber',
      duration_seconds: 188,
      stages: stages({
        transcribe: { state: 'waiting', detail: 'no-transcriber' },
        extract_memories: pending,
      }),
    }),
    conversation(4, at(1, 9, 5), {
      title: 'Yes, on the table',
      duration_seconds: 4,
      client_id: pendant,
      stages: stages({ extract_memories: { state: 'skipped', detail: 'transcript-too-short' } }),
    }),
    conversation(5, at(2, 16, 30), {
      state: 'closed-partial',
      duration_seconds: 1260,
      stages: stages({
        transcribe: { state: 'failed', detail: 'provider-failed' },
        extract_memories: { state: 'skipped', detail: 'transcription-failed' },
      }),
    }),
    conversation(6, at(2, 12, 15), {
      state: 'transcribing-final',
      duration_seconds: 3904,
      stages: stages({ transcribe: { state: 'running', detail: null }, extract_memories: pending }),
    }),
    conversation(7, at(2, 8, 1), {
      duration_seconds: 31,
      stages: stages({
        transcribe: { state: 'done', detail: 'silence' },
        extract_memories: { state: 'skipped', detail: 'no-words' },
      }),
    }),
    ...Array.from({ length: 60 }, (_, index) =>
      conversation(8 + index, at(3 + Math.floor(index / 4), 19 - (index % 4) * 3, index), {
        title: `An older conversation, number ${index + 1}`,
        duration_seconds: 60 + index * 7,
        memory_count: index % 3,
        has_memory: index % 3 > 0,
      }),
    ),
  ];
  return {
    user,
    devices: devices(now, conversations),
    conversations,
    health: health(now),
    storage,
    retention: nothingChosen,
  };
}

const pending = { state: 'pending', detail: null } as const;

function stages(more: Partial<Conversation['stages']> = {}): Conversation['stages'] {
  return {
    transcribe: { state: 'done', detail: 'words' },
    extract_memories: { state: 'done', detail: 'memories' },
    crop_audio: { state: 'done', detail: 'cropped' },
    ...more,
  };
}

function conversation(index: number, startedAt: number, more: Partial<Conversation>): Conversation {
  const id = idOf(index);
  const duration = more.duration_seconds ?? 60;
  return {
    conversation_id: id,
    audio_uuid: id.replaceAll('-', ''),
    client_id: laptop,
    user_id: userId,
    created_at: iso(startedAt),
    started_at: iso(startedAt),
    ended_at: iso(startedAt + duration * 1000),
    duration_seconds: duration,
    state: 'closed',
    close_reason: 'timeout',
    stages: stages(),
    title: null,
    summary: null,
    audio_path: `${id}.wav`,
    cropped_audio_path: null,
    segment_count: 0,
    has_memory: false,
    memory_count: 0,
    coverage: null,
    transcript: null,
    segments: [],
    memories: [],
    ranges: [{ capture_id: 'c'.repeat(32), start: 0, end: duration }],
    speech_segments: [],
    gaps: [],
    transcript_versions: [],
    active_transcript_version: null,
    pinned: false,
    ...more,
  };
}

/** The one that comes of a file that was uploaded. */
export function conversationOfUpload(file: ImportJobBody['files'][number]): Conversation {
  const index = Number.parseInt(file.job_id.slice(0, 8), 16);
  return conversation(index, Date.parse(file.recorded_at ?? iso(Date.now())), {
    title: 'What the recording was about',
    client_id: file.client_id,
    duration_seconds: file.duration_seconds ?? 0,
  });
}

/** The conversation that has everything. */
function withWords(base: Conversation): Conversation {
  const startedAt = Date.parse(base.started_at);
  const versionId = idOf(4096);
  const segments = garden.map(({ speaker, text, start, end }, index) => ({
    id: `${versionId}:${index}`,
    start,
    end,
    started_at: iso(startedAt + start * 1000),
    text,
    speaker,
    person_id: null,
    confidence: 0.9,
  }));
  const speech = [
    { start: 1, end: 28.5 },
    { start: 40.4, end: 59 },
    { start: 66.1, end: 76.6 },
  ];
  const memories = remembered.map(([kind, memory, entities, index]): MemoryBody => {
    const source = segments[index]!;
    return {
      id: idOf(8192 + index),
      memory,
      kind,
      user_id: userId,
      client_id: base.client_id,
      conversation_id: base.conversation_id,
      created_at: base.ended_at ?? base.started_at,
      updated_at: base.ended_at ?? base.started_at,
      valid_from: source.started_at,
      valid_until: null,
      entities: [...entities],
      provenance: {
        conversation_id: base.conversation_id,
        transcript_version_id: versionId,
        utterance_ids: [source.id],
        start: source.start,
        end: source.end,
        started_at: source.started_at,
        extractor: 'rules',
        model: null,
        prompt_revision: '1',
      },
    };
  });
  return {
    ...base,
    title: 'Did you hear that Anna moves to Lisbon in March?',
    cropped_audio_path: `${base.conversation_id}_cropped.wav`,
    segment_count: segments.length,
    has_memory: true,
    memory_count: memories.length,
    coverage: 0.97,
    transcript: segments.map(({ text }) => text).join(' '),
    segments,
    memories,
    speech_segments: speech,
    gaps: [{ start: 30.2, end: 38.7 }],
    cropped_segments: speech,
    transcript_versions: [
      {
        version_id: versionId,
        provider: 'pocketsphinx',
        model: 'en-us',
        created_at: base.started_at,
        outcome: 'words',
        segment_count: segments.length,
      },
    ],
    active_transcript_version: versionId,
  };
}

function devices(now: number, conversations: readonly Conversation[]): ActiveClientBody[] {
  const common = { user_id: userId, connected_at: iso(now - 26 * 60_000) };
  return [
    {
      ...common,
      client_id: laptop,
      device_name: 'laptop',
      connected: true,
      capture_id: 'a'.repeat(32),
      capture_state: 'live',
      current_audio_uuid: conversations[0]!.audio_uuid,
      has_active_conversation: true,
      conversation_count: 14,
    },
    {
      ...common,
      client_id: pendant,
      device_name: 'pendant',
      connected: false,
      capture_id: 'b'.repeat(32),
      capture_state: 'away',
      current_audio_uuid: null,
      has_active_conversation: false,
      conversation_count: 5,
    },
  ];
}

function health(now: number): HealthBody {
  return {
    status: 'degraded',
    timestamp: Math.floor(now / 1000),
    overall_healthy: false,
    critical_services_healthy: true,
    setup_required: false,
    message: 'Optional services unavailable: Language model',
    services: {
      storage: {
        label: 'Storage',
        status: '✅ SQLite, 68 conversations, 41 GB free',
        healthy: true,
        critical: true,
      },
      speech_to_text: {
        label: 'Speech recogniser',
        status: '✅ PocketSphinx, installed on this machine',
        healthy: true,
        critical: false,
        provider: 'pocketsphinx',
        model: 'en-us',
      },
      voice_activity: {
        label: 'Speech detection',
        status: '✅ Silero v6',
        healthy: true,
        critical: true,
      },
      language_model: {
        label: 'Language model',
        status:
          '⚠️ None; memories come from rules. Set OLLAMA_BASE_URL=http://127.0.0.1:11434 to add one.',
        healthy: false,
        critical: false,
      },
    },
    config: {
      new_conversation_timeout_minutes: 1.5,
      reconnect_grace_seconds: 60,
      audio_cropping_enabled: true,
      transcription_service: 'pocketsphinx',
      asr_uri: null,
      active_clients: 2,
    },
  };
}
