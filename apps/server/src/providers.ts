import { deepgramTranscriber } from './adapters/deepgram/index.ts';
import { pocketSphinx } from './adapters/local-speech/index.ts';
import { mistralTranscriber } from './adapters/mistral/index.ts';
import { ollamaLanguageModel } from './adapters/ollama/index.ts';
import { openAiLanguageModel } from './adapters/openai-chat/index.ts';
import { openAiTranscriber } from './adapters/openai-audio/index.ts';
import { speakerService } from './adapters/speaker-service/index.ts';
import { whisper } from './adapters/whisper/index.ts';
import { wyomingTranscriber } from './adapters/wyoming/index.ts';
import type { UserId } from '@friend-lite/contract';
import type { Clock, Log } from './base/index.ts';
import { providersInOrder, type Config, type ProviderName } from './config/index.ts';
import type { LanguageModel } from './memory/index.ts';
import type { ModelStore } from './models/index.ts';
import type { Transcriber, VoiceIdentifier } from './transcription/index.ts';

/** The outside services that the settings name, for the composition root. */

/** The recognisers that are set up, the most preferred first. */
export function transcribersOf(
  { transcription, isLocalRecogniserEnabled }: Config,
  tools: { readonly models: ModelStore; readonly clock: Clock; readonly log: Log },
): readonly Transcriber[] {
  const { deepgram, mistral, openai, wyomingUri, whisperModel } = transcription;
  const make: Readonly<Record<ProviderName, () => Transcriber | null>> = {
    deepgram: () => (deepgram === null ? null : deepgramTranscriber({ ...deepgram, ...tools })),
    mistral: () => (mistral === null ? null : mistralTranscriber({ ...mistral, ...tools })),
    openai: () => (openai === null ? null : openAiTranscriber({ ...openai, ...tools })),
    wyoming: () =>
      wyomingUri === null ? null : wyomingTranscriber({ uri: wyomingUri, clock: tools.clock }),
    whisper: () => (whisperModel === null ? null : whisper({ modelName: whisperModel, ...tools })),
    pocketsphinx: () => (isLocalRecogniserEnabled ? pocketSphinx({ clock: tools.clock }) : null),
  };
  return providersInOrder(transcription).flatMap((name) => make[name]() ?? []);
}

/** Who knows voices; null: nobody is set up. `emailOf` gives null for a user who is gone. */
export function voiceIdentifierOf(
  { transcription: { speakerService: settings } }: Config,
  tools: { readonly emailOf: (userId: UserId) => Promise<string | null>; readonly clock: Clock },
): VoiceIdentifier | null {
  if (settings === null) return null;
  const { galleries, ...service } = settings;
  return speakerService({
    ...service,
    async galleryOf(userId) {
      if (galleries === null) return 1;
      return galleries.get((await tools.emailOf(userId))?.toLowerCase() ?? '') ?? null;
    },
    clock: tools.clock,
  });
}

/** Who reads conversations; null: no model is set up. */
export function languageModelOf(
  { languageModel: settings }: Config,
  clock: Clock,
): LanguageModel | null {
  switch (settings?.provider) {
    case 'openai':
      return openAiLanguageModel({ ...settings, clock });
    case 'ollama':
      return ollamaLanguageModel({ ...settings, clock });
    case undefined:
      return null;
  }
}
