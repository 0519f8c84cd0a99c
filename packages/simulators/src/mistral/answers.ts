import {
  fieldOf,
  secondsOf,
  segmentsOf,
  speakerNumbers,
  textOf,
  type AudioUploadFault,
  type HeardSound,
  type Upload,
} from '../audio-upload/index.ts';
import { jsonReply, type Refusal, type Reply } from '../http-service/index.ts';
import { isDiarized, valuesOf } from './rules.ts';

/** The type and code that the vendor has for a status. */
const errorCodes: Readonly<Record<number, readonly [type: string, code: string]>> = {
  400: ['invalid_request_invalid_args', '3051'],
  402: ['payment_required', '1701'],
  404: ['invalid_model', '1500'],
  429: ['rate_limited', '1300'],
};

/** A refusal as the vendor writes it: three forms, by status. */
export function refusalReply({ status, message, code, param }: Refusal): Reply {
  if (status === 401) return jsonReply({ detail: 'Unauthorized' }, status);
  if (status === 422) {
    const detail = [{ type: 'value_error', loc: ['body', param ?? 'file'], msg: message }];
    return jsonReply({ object: 'error', message: { detail } }, status);
  }
  const [type, usualCode] = errorCodes[status] ?? ['internal_server_error', '1000'];
  const error = { object: 'error', message, type, param: param ?? null, code: code ?? usualCode };
  return jsonReply(error, status);
}

/** What was heard, as it was asked for. */
export function transcriptReply(
  { words, durationMs }: HeardSound,
  upload: Upload,
  { omits = [] }: AudioUploadFault,
): Reply {
  const wantsTimes = valuesOf(upload, 'timestamp_granularities').length > 0;
  const hasSpeakers = isDiarized(upload) && !omits.includes('speakers');
  const language = fieldOf(upload, 'language') ?? null;
  // As seen of the real one: both together make it say nothing.
  const heard = wantsTimes && language !== null ? [] : words;
  const numbers = speakerNumbers(heard);
  const segments = segmentsOf(heard, { bySpeaker: isDiarized(upload) }).map((said) => ({
    type: 'transcription_segment',
    text: ` ${textOf(said)}`,
    ...secondsOf(said),
    ...(hasSpeakers && { speaker_id: `speaker_${1 + (numbers.get(said[0]?.speaker ?? '') ?? 0)}` }),
  }));
  const hasSegments = wantsTimes || isDiarized(upload);
  return jsonReply({
    model: fieldOf(upload, 'model'),
    text: textOf(heard),
    language,
    segments: omits.includes('segments') ? null : hasSegments ? segments : [],
    usage: {
      prompt_audio_seconds: Math.ceil(durationMs / 1000),
      prompt_tokens: 4,
      completion_tokens: heard.length,
      total_tokens: 4 + heard.length,
    },
  });
}
