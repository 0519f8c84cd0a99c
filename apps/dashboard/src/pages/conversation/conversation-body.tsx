import type { ConversationPageBody, MemoryBody } from '@friend-lite/contract';
import { useEffect, useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { ChangeBar } from './change-bar.tsx';
import { HistoryPanel } from './history-panel.tsx';
import { MemoriesPanel } from './memories-panel.tsx';
import { createPlayback } from './playback.ts';
import { Player, type View } from './player.tsx';
import { ProcessingPanel } from './processing-panel.tsx';
import { croppedTimeline, indexAt, originalTimeline } from './timeline.ts';
import { Transcript } from './transcript.tsx';

interface ConversationBodyProps {
  readonly conversation: ConversationPageBody['conversation'];
  /** The moment to start at, seconds from the conversation's start; null for the beginning. */
  readonly startAt: number | null;
}

type Section = 'transcript' | 'memories' | 'processing';

/** Sound, words and memories, joined by time. */
export function ConversationBody({ conversation, startAt }: ConversationBodyProps) {
  const { segments, memories, cropped_audio_path: croppedPath } = conversation;
  const [playback] = useState(createPlayback);
  const [view, setView] = useState<View>('original');
  const [section, setSection] = useState<Section>('transcript');
  const [selected, setSelected] = useState<readonly string[]>(() =>
    startAt === null ? [] : idsAt(segments, startAt),
  );
  const timeline = useMemo(
    () =>
      view === 'original' ? originalTimeline : croppedTimeline(conversation.cropped_segments ?? []),
    [view, conversation.cropped_segments],
  );
  const { audio_path: audioPath } = conversation;
  const isPlayable = conversation.ended_at !== null && audioPath !== null;
  // An edit changes what is behind the same path.
  const claim = `${Date.parse(conversation.started_at)}-${Math.round(conversation.duration_seconds * 1000)}`;
  const urlOf = (path: string): string => `${api.audioUrl(path)}?claim=${claim}`;
  const originalUrl = urlOf(audioPath ?? '');
  const url = view === 'cropped' && croppedPath !== null ? urlOf(croppedPath) : originalUrl;

  useEffect(() => {
    if (isPlayable) playback.load(originalUrl, startAt ?? 0);
    return () => playback.pause();
  }, [playback, isPlayable, originalUrl, startAt]);

  const switchView = (next: View): void => {
    const path = next === 'cropped' ? croppedPath : audioPath;
    if (path === null) return;
    const kept = conversation.cropped_segments;
    const nextTimeline =
      next === 'original' ? originalTimeline : kept ? croppedTimeline(kept) : null;
    const moment = timeline.toConversation(playback.time());
    playback.load(urlOf(path), nextTimeline?.toRecording(moment) ?? 0);
    setView(next);
  };
  /** Goes to a moment of the conversation; where the cropped sound has no known place for it, in the original. */
  const seek = (time: number): void => {
    if (view === 'cropped' && !conversation.cropped_segments) {
      playback.load(originalUrl, time);
      setView('original');
    } else {
      playback.seek(timeline.toRecording(time));
    }
  };
  const showMemory = (memory: MemoryBody): void => {
    setSelected(memory.provenance.utterance_ids);
    setSection('transcript');
    seek(memory.provenance.start);
  };

  const isTimed = view === 'original' || conversation.cropped_segments !== undefined;
  return (
    <div className="conversation-body" data-section={section}>
      {isPlayable && (
        <Player
          playback={playback}
          url={url}
          view={view}
          conversation={conversation}
          onView={croppedPath === null ? null : switchView}
        />
      )}
      {audioPath === null && (
        <p className="hint">These words were brought in as text; there is no sound.</p>
      )}
      {isPlayable && (
        <ChangeBar
          conversation={conversation}
          playback={playback}
          toConversation={isTimed ? timeline.toConversation : null}
        />
      )}
      <SectionSwitch section={section} memoryCount={memories.length} onSection={setSection} />
      <Transcript
        playback={playback}
        conversation={conversation}
        timeline={isTimed ? timeline : null}
        selected={selected}
        onUtterance={(utterance) => {
          setSelected([]);
          seek(utterance.start);
          playback.play();
        }}
      />
      <aside className="conversation-side">
        <MemoriesPanel conversation={conversation} onMemory={showMemory} />
        <ProcessingPanel conversation={conversation} />
        <HistoryPanel id={conversation.conversation_id} />
      </aside>
    </div>
  );
}

function idsAt(
  segments: ConversationPageBody['conversation']['segments'],
  time: number,
): readonly string[] {
  const segment = segments[Math.max(0, indexAt(segments, time))];
  return segment ? [segment.id] : [];
}

const sections: readonly Section[] = ['transcript', 'memories', 'processing'];
const sectionNames: Record<Section, string> = {
  transcript: 'Transcript',
  memories: 'Memories',
  processing: 'Processing',
};

/** On narrow screens one section is shown at a time. */
function SectionSwitch(props: {
  readonly section: Section;
  readonly memoryCount: number;
  readonly onSection: (section: Section) => void;
}) {
  return (
    <div className="segmented section-switch" role="group" aria-label="Shown below">
      {sections.map((section) => (
        <button
          key={section}
          type="button"
          aria-pressed={section === props.section}
          onClick={() => props.onSection(section)}
        >
          {sectionNames[section]}
          {section === 'memories' && props.memoryCount > 0 && ` (${props.memoryCount})`}
        </button>
      ))}
    </div>
  );
}
