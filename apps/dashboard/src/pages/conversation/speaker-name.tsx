import type { SegmentBody } from '@friend-lite/contract';
import { UserRoundPen } from 'lucide-react';

interface SpeakerNameProps {
  readonly segment: SegmentBody;
  /** 0, 1, 2 … in the order in which the speakers came in; tells their colours apart. */
  readonly index: number;
  /** Whether somebody else speaks, too. */
  readonly hasOthers: boolean;
  readonly onName: (segment: SegmentBody) => void;
}

const speakerColors = 6;

/** Who speaks from here on; a click says who it is. */
export function SpeakerName({ segment, index, hasOthers, onName }: SpeakerNameProps) {
  const { speaker } = segment;
  return (
    <button
      type="button"
      className={`speaker${speaker === null ? ' is-unknown' : ''}`}
      data-color={speaker === null ? undefined : index % speakerColors}
      aria-label={speaker === null ? 'Say who speaks' : `${speaker}: say who it is`}
      onClick={() => onName(segment)}
    >
      {speaker ?? (hasOthers ? 'Somebody' : 'Who speaks?')}
      <UserRoundPen size={13} aria-hidden="true" />
    </button>
  );
}
