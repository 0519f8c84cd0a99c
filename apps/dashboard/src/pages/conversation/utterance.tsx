import type { SegmentBody } from '@friend-lite/contract';
import { memo } from 'react';
import { formatPosition } from '../../words/time.ts';

interface UtteranceProps {
  readonly utterance: SegmentBody;
  /** 0, 1, 2 … in the order in which the speakers came in; tells their colours apart. */
  readonly speakerIndex: number;
  /** Whether the same speaker goes on. */
  readonly isContinued: boolean;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onClick: (utterance: SegmentBody) => void;
}

const speakerColors = 6;

/** What one speaker said in one go. A click plays it. */
export const Utterance = memo(function Utterance(props: UtteranceProps) {
  const { utterance, speakerIndex, isContinued, isCurrent, isSelected, onClick } = props;
  const classes = [
    'utterance',
    isCurrent && 'is-current',
    isSelected && 'is-selected',
    isContinued && 'is-continued',
  ].filter(Boolean);

  return (
    <button
      type="button"
      className={classes.join(' ')}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => onClick(utterance)}
    >
      <span className="utterance-time numbers">{formatPosition(utterance.start)}</span>
      <span className="utterance-words">
        {utterance.speaker !== null && !isContinued && (
          <span className="speaker" data-color={speakerIndex % speakerColors}>
            {utterance.speaker}
          </span>
        )}
        <span className="utterance-text">{utterance.text}</span>
      </span>
    </button>
  );
});
