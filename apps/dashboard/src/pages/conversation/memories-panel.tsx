import type { ConversationPageBody, MemoryBody } from '@friend-lite/contract';
import { CornerDownRight } from 'lucide-react';
import { stageInWords } from '../../words/stage.ts';
import { formatPosition } from '../../words/time.ts';
import { KindBadge } from '../memories/kind-badge.tsx';

interface MemoriesPanelProps {
  readonly conversation: ConversationPageBody['conversation'];
  readonly onMemory: (memory: MemoryBody) => void;
}

/** What was remembered of the conversation, each with the words it comes from. */
export function MemoriesPanel({ conversation, onMemory }: MemoriesPanelProps) {
  const { memories, stages } = conversation;
  return (
    <section className="card panel memories-panel" aria-label="Memories">
      <h2 className="panel-title">
        Memories {memories.length > 0 && <span className="count">{memories.length}</span>}
      </h2>
      {memories.length === 0 ? (
        <p className="panel-empty">
          {stageInWords('extract_memories', stages.extract_memories).outcome}.
        </p>
      ) : (
        <ul>
          {memories.map((memory) => (
            <li key={memory.id}>
              <button type="button" className="memory-line" onClick={() => onMemory(memory)}>
                <span>{memory.memory}</span>
                <span className="memory-line-foot numbers">
                  <KindBadge kind={memory.kind} />
                  <span className="source">
                    <CornerDownRight size={13} aria-hidden="true" />
                    {formatPosition(memory.provenance.start)}
                    <span className="visually-hidden">Show the words it comes from</span>
                  </span>
                  <span>{extractorInWords(memory)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function extractorInWords({ provenance }: MemoryBody): string {
  const { extractor, model } = provenance;
  return model === null ? `by ${extractor}` : `by ${model}`;
}
