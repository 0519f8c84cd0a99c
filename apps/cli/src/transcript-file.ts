import { importConversationSchema, type ImportConversationBody } from '@friend-lite/contract';
import { CliError } from './errors.ts';

type ImportedUtterance = ImportConversationBody['utterances'][number];

/** A file of words, by the end of its name. */
export interface TranscriptFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The conversations that a file holds: subtitles (`.srt`, `.vtt`), JSON (a body of `POST /api/conversations/import` or a list of
 * those, or an object with `segments`, as this server and Whisper write them), or plain text: chat logs that begin their lines with a
 * time, `Name: words`, or words alone.
 *
 * @param startedAt of files that do not say.
 * @throws CliError for what holds no words.
 */
export function readTranscriptFile(
  { name, text }: TranscriptFile,
  startedAt: Date,
): readonly ImportConversationBody[] {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const body = { title: titleOf(name), started_at: startedAt.toISOString() };
  const found = /\.json$/i.test(name)
    ? fromJson(plain, name, body)
    : [
        /\.(srt|vtt)$/i.test(name)
          ? { ...body, utterances: fromCues(plain) }
          : fromLines(plain, body),
      ];
  if (found.every(({ utterances }) => utterances.length === 0)) {
    throw new CliError(`${name} holds no words`);
  }
  return found;
}

function titleOf(name: string): string {
  return name.replace(/\.[^.]*$/, '').slice(0, 200) || name.slice(0, 200);
}

type Shape = Pick<ImportConversationBody, 'title' | 'started_at'>;

function fromJson(text: string, name: string, shape: Shape): readonly ImportConversationBody[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CliError(`${name} is no JSON`);
  }
  const bodies = (Array.isArray(value) ? value : [value]).map((each: unknown) =>
    withSegments(each, shape),
  );
  for (const [index, body] of bodies.entries()) {
    const parsed = importConversationSchema.safeParse(body);
    if (parsed.success) continue;
    const issue = parsed.error.issues[0];
    const where = [index, ...(issue?.path ?? [])].join('.');
    throw new CliError(
      `${name} holds no conversation (${where}: ${issue?.message ?? 'unreadable'})`,
    );
  }
  return bodies as ImportConversationBody[];
}

/** `{segments: [{start, end, text, speaker}]}` as a body to import; anything else as it is. */
function withSegments(value: unknown, shape: Shape): unknown {
  if (typeof value !== 'object' || value === null || !('segments' in value)) return value;
  if (!Array.isArray(value.segments)) return value;
  const utterances = (value.segments as Record<string, unknown>[])
    .map(({ text, start, end, speaker }) => ({ text, start, end, speaker }))
    .filter(({ text }) => typeof text !== 'string' || text.trim() !== '');
  return { ...shape, utterances };
}

const cueTimes =
  /^(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3}) +--> +(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})/;

/** SubRip and WebVTT: blocks of lines, of which one holds the times. */
function fromCues(text: string): ImportedUtterance[] {
  return text.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => cueTimes.test(line));
    const times = cueTimes.exec(lines[at] ?? '');
    if (!times) return [];
    const [start, end] = [secondsOf(times.slice(1, 5)), secondsOf(times.slice(5, 9))];
    const words = lines.slice(at + 1).join(' ');
    const voice = /<v(?:\.[^ >]*)? +([^>]+)>/.exec(words)?.[1];
    const spoken = unescaped(words.replaceAll(/<[^>]*>/g, '')).trim();
    if (spoken === '') return [];
    const said =
      voice === undefined ? speakerIn(spoken) : { speaker: unescaped(voice), text: spoken };
    return [{ ...said, start, end: Math.max(start, end) }];
  });
}

function secondsOf(parts: readonly (string | undefined)[]): number {
  const [hours = 0, minutes = 0, seconds = 0, thousandths = 0] = parts.map((part) =>
    Number(part ?? 0),
  );
  return hours * 3600 + minutes * 60 + seconds + thousandths / 1000;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
}

/** `[2024-05-01 14:03:22] `, `2024-05-01T14:03:22Z - `: year first, as days and months are told apart only so. */
const lineTime =
  /^\[?(\d{4})[-/.](\d{2})[-/.](\d{2})[T, ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?\]?\s*(?:[-–]\s+)?/;

/** A line with a time or a name begins an utterance; others go on with the one before. */
function fromLines(text: string, shape: Shape): ImportConversationBody {
  const utterances: ImportedUtterance[] = [];
  for (const line of text.split('\n')) {
    const time = lineTime.exec(line);
    const said = speakerIn(line.slice(time?.[0].length ?? 0).trim());
    if (said.text === '') continue;
    const last = utterances.at(-1);
    if (time) utterances.push({ ...said, started_at: momentOf(time) });
    else if (last?.started_at && !said.speaker) last.text += ` ${said.text}`;
    else utterances.push(said);
  }
  const times = utterances.flatMap(({ started_at: at }) => at ?? []).sort();
  return { ...shape, started_at: times[0] ?? shape.started_at, utterances };
}

/** Local time where no zone is told. */
function momentOf([
  ,
  year,
  month,
  day,
  hour,
  minute,
  second = '00',
  zone = '',
]: RegExpExecArray): string {
  const moment = new Date(
    `${year}-${month}-${day}T${hour?.padStart(2, '0')}:${minute}:${second}${zone}`,
  );
  if (Number.isNaN(moment.getTime())) throw new CliError(`${year}-${month}-${day} is no day`);
  return moment.toISOString();
}

/** `Name: words`, the name being one to three capitalised words, or a label such as `Speaker 1`. */
function speakerIn(text: string): { text: string; speaker?: string } {
  const [whole, speaker] =
    /^(\p{Lu}[\p{L}\p{N}'.-]*(?: [\p{Lu}\p{N}][\p{L}\p{N}'.-]*){0,2}):\s+/u.exec(text) ?? [];
  return whole === undefined || speaker === undefined
    ? { text }
    : { speaker, text: text.slice(whole.length).trim() };
}
