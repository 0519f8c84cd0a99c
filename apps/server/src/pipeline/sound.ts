import { byteOffset, durationMs, type PcmFormat } from '../audio/index.ts';
import type { Capture, CaptureReader } from '../capture/index.ts';
import type { Conversation } from '../conversations/index.ts';

/** Times are ms from the conversation's start. */
export interface ConversationSound {
  readonly format: PcmFormat;
  readonly durationMs: number;
  read(startMs: number, endMs: number): AsyncIterable<Uint8Array>;
}

/** The sound of a conversation as one stretch, time nobody recorded as silence. */
export async function openConversationSound(
  reader: CaptureReader,
  conversation: Pick<Conversation, 'userId' | 'ranges'>,
): Promise<ConversationSound> {
  const sound = await reader.openRange(conversation.userId, conversation.ranges);
  const { format } = sound;
  return {
    format,
    durationMs: durationMs(format, sound.byteCount),
    read: (startMs, endMs) => sound.read(byteOffset(format, startMs), byteOffset(format, endMs)),
  };
}

/** Recorded sound of a capture as samples, in capture time. */
export async function* readSamples(
  reader: CaptureReader,
  capture: Capture,
  startMs: number,
  endMs: number,
): AsyncIterable<Int16Array> {
  const sound = await reader.openRange(capture.userId, [{ captureId: capture.id, startMs, endMs }]);
  for await (const chunk of sound.read(0, sound.byteCount)) yield samplesOf(chunk);
}

/** The same bytes as samples; copied only where their alignment asks for it. `pcm` holds whole samples. */
export function samplesOf(pcm: Uint8Array): Int16Array {
  const aligned = pcm.byteOffset % 2 === 0 ? pcm : pcm.slice();
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1);
}
