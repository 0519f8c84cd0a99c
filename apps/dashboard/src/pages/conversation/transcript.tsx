import type { ConversationPageBody, SegmentBody } from '@friend-lite/contract';
import { MessageSquareDashed } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { standingOf } from '../../words/conversation.ts';
import { stageInWords } from '../../words/stage.ts';
import { formatDuration, formatPosition } from '../../words/time.ts';
import { usePlaybackTime, type Playback } from './playback.ts';
import { SpeakerDialog } from './speaker-dialog.tsx';
import { SpeakerName } from './speaker-name.tsx';
import { indexAt, type Stretch, type Timeline } from './timeline.ts';
import { Utterance } from './utterance.tsx';

type Conversation = ConversationPageBody['conversation'];

interface TranscriptProps {
  readonly playback: Playback;
  readonly conversation: Conversation;
  /** Null when the recording being played has no known place in the conversation. */
  readonly timeline: Timeline | null;
  /** Ids of the utterances to point out. */
  readonly selected: readonly string[];
  readonly onUtterance: (utterance: SegmentBody) => void;
}

/** The words, in order of time, with the stretches nobody recorded between them. */
export function Transcript(props: TranscriptProps) {
  const { playback, conversation, timeline, selected, onUtterance } = props;
  const { segments } = conversation;
  const current = usePlaybackTime(playback, (time) =>
    timeline && time > 0 ? indexAt(segments, timeline.toConversation(time)) : -1,
  );
  const list = useRef<HTMLOListElement>(null);
  const [named, setNamed] = useState<SegmentBody | null>(null);
  useFollow(list, current);
  useReveal(list, selected);

  if (segments.length === 0) {
    return (
      <section className="card transcript" aria-label="Transcript">
        <div className="state">
          <span className="state-icon">
            <MessageSquareDashed size={22} aria-hidden="true" />
          </span>
          <h2>{isSettled(conversation) ? 'No words' : 'No words yet'}</h2>
          <p>{whyEmpty(conversation)}</p>
        </div>
      </section>
    );
  }
  const speakers = [...new Set(segments.map(({ speaker }) => speaker))];
  return (
    <section className="card transcript" aria-label="Transcript">
      <header className="transcript-head">
        <h2 className="panel-title">Transcript</h2>
        <p className="downloads">
          <span className="visually-hidden">Download as</span>
          {formats.map((format) => (
            <a
              key={format}
              className="text-link"
              href={api.transcriptUrl(conversation.conversation_id, format)}
              download={`${conversation.conversation_id}.${format}`}
            >
              {format.toUpperCase()}
            </a>
          ))}
        </p>
      </header>
      <ol ref={list}>
        {segments.map((segment, index) => (
          <li key={segment.id} data-utterance={segment.id}>
            {gapsBefore(conversation.gaps, segments, index).map((gap) => (
              <p key={gap.start} className="gap numbers">
                Nothing was recorded for {formatDuration(gap.end - gap.start)}, from{' '}
                {formatPosition(gap.start)}
              </p>
            ))}
            {(index === 0 || segments[index - 1]?.speaker !== segment.speaker) && (
              <SpeakerName
                segment={segment}
                index={speakers.indexOf(segment.speaker)}
                hasOthers={speakers.length > 1}
                onName={setNamed}
              />
            )}
            <Utterance
              utterance={segment}
              isCurrent={index === current}
              isSelected={selected.includes(segment.id)}
              onClick={onUtterance}
            />
          </li>
        ))}
      </ol>
      {named && (
        <SpeakerDialog
          conversationId={conversation.conversation_id}
          segment={named}
          onClose={() => setNamed(null)}
        />
      )}
    </section>
  );
}

const formats = ['txt', 'srt', 'vtt', 'json'] as const;

function isSettled({ stages }: Conversation): boolean {
  return ['done', 'skipped', 'failed'].includes(stages.transcribe.state);
}

function whyEmpty(conversation: Conversation): string {
  if (standingOf(conversation).tone === 'live') {
    return 'The words come when the conversation has closed.';
  }
  return `${stageInWords('transcribe', conversation.stages.transcribe).outcome}.`;
}

/** The gaps that lie between the utterance and the one before it. */
function gapsBefore(
  gaps: readonly Stretch[],
  segments: readonly SegmentBody[],
  index: number,
): readonly Stretch[] {
  const from = segments[index - 1]?.start ?? Number.NEGATIVE_INFINITY;
  const to = segments[index]?.start ?? 0;
  return gaps.filter(({ start }) => start >= from && start < to);
}

/** Keeps the words being spoken in sight, as long as the ones before were: whoever scrolls away is let be. */
function useFollow(list: React.RefObject<HTMLOListElement | null>, current: number): void {
  const last = useRef(-1);
  useEffect(() => {
    const before = list.current?.children[last.current];
    const now = list.current?.children[current];
    last.current = current;
    if (!now || !before || now === before || !isInSight(before)) return;
    now.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }, [list, current]);
}

/** Brings the first of the utterances pointed out into sight. */
function useReveal(
  list: React.RefObject<HTMLOListElement | null>,
  selected: readonly string[],
): void {
  useEffect(() => {
    const [first] = selected;
    if (first === undefined) return;
    const element = list.current?.querySelector(`[data-utterance="${CSS.escape(first)}"]`);
    element?.scrollIntoView({ block: 'center', behavior: 'smooth' });
  }, [list, selected]);
}

function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
