import type { SegmentBody } from '@friend-lite/contract';
import { memo } from 'react';
import { formatPosition } from '../../words/time.ts';

interface UtteranceProps {
  readonly utterance: SegmentBody;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onClick: (utterance: SegmentBody) => void;
}

/** What one speaker said in one go. A click plays it. */
export const Utterance = memo(function Utterance(props: UtteranceProps) {
  const { utterance, isCurrent, isSelected, onClick } = props;
  const classes = ['utterance', isCurrent && 'is-current', isSelected && 'is-selected'].filter(
    Boolean,
  );

  return (
    <button
      type="button"
      className={classes.join(' ')}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => onClick(utterance)}
    >
      <span className="utterance-time numbers">{formatPosition(utterance.start)}</span>
      <span className="utterance-text">{utterance.text}</span>
    </button>
  );
});
