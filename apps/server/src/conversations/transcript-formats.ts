import type { Span } from '../audio/index.ts';
import { unreachable } from '../base/index.ts';

/** A line of a transcript, ms from the start of the conversation. */
export interface TranscriptLine extends Span {
  readonly text: string;
  /** As people call the speaker; null when nobody knows. */
  readonly speaker: string | null;
}

/** What a transcript can be taken away as. JSON is the answer of the API itself. */
export type TranscriptFormat = 'txt' | 'srt' | 'vtt';

export const transcriptMediaTypes: Readonly<Record<TranscriptFormat, string>> = {
  txt: 'text/plain; charset=utf-8',
  // Registered for no type of its own; players go by the name.
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

/** A subtitle is on the screen for at least so long, as far as the next one lets it. */
const minCueMs = 500;

/** The transcript as a file: plain text, SubRip, or WebVTT (W3C). */
export function formatTranscript(
  lines: readonly TranscriptLine[],
  format: TranscriptFormat,
): string {
  switch (format) {
    case 'txt':
      return lines.map((line) => `${withSpeaker(line)}\n`).join('');
    case 'srt':
      return cuesOf(lines)
        .map(
          (cue, index) =>
            `${index + 1}\n${time(cue.startMs, ',')} --> ${time(cue.endMs, ',')}\n` +
            `${oneLine(withSpeaker(cue))}\n\n`,
        )
        .join('');
    case 'vtt':
      return `WEBVTT\n\n${cuesOf(lines)
        .map(
          (cue) =>
            `${time(cue.startMs, '.')} --> ${time(cue.endMs, '.')}\n${voice(cue.speaker)}` +
            `${escaped(oneLine(cue.text))}\n\n`,
        )
        .join('')}`;
    default:
      return unreachable(format);
  }
}

function cuesOf(lines: readonly TranscriptLine[]): readonly TranscriptLine[] {
  const spoken = lines.filter(({ text }) => oneLine(text) !== '');
  return spoken.map((line, index) => {
    const nextMs = spoken[index + 1]?.startMs ?? Infinity;
    const longEnoughMs = Math.max(line.endMs, line.startMs + minCueMs);
    return { ...line, endMs: Math.max(line.endMs, Math.min(longEnoughMs, nextMs)) };
  });
}

function withSpeaker({ speaker, text }: TranscriptLine): string {
  return speaker === null ? text : `${speaker}: ${text}`;
}

function voice(speaker: string | null): string {
  return speaker === null ? '' : `<v ${escaped(oneLine(speaker))}>`;
}

/** What is spoken is hostile: an arrow would begin a cue, a tag would be markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An empty line ends a cue. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** `hh:mm:ss,mmm` */
function time(ms: number, separator: ',' | '.'): string {
  const whole = Math.max(0, Math.round(ms));
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(whole / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const fraction = String(whole % 1000).padStart(3, '0');
  return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}${separator}${fraction}`;
}
