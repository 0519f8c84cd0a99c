/** [start, end) in seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** How a recording's own time and the conversation's belong together. Seconds. */
export interface Timeline {
  readonly toConversation: (recordingTime: number) => number;
  readonly toRecording: (conversationTime: number) => number;
}

/** The original: both times are the same. */
export const originalTimeline: Timeline = {
  toConversation: (time) => time,
  toRecording: (time) => time,
};

/**
 * The timeline of a recording that is `kept` laid end to end. A moment that was cut out is the start of
 * the next stretch that was kept.
 */
export function croppedTimeline(kept: readonly Stretch[]): Timeline {
  let length = 0;
  const placed = kept.map(({ start, end }) => {
    const at = length;
    length += end - start;
    return { start, end, at };
  });

  return {
    toConversation(time) {
      const stretch = placed.findLast(({ at }) => at <= time) ?? placed[0];
      return stretch ? Math.min(stretch.end, stretch.start + time - stretch.at) : time;
    },
    toRecording(time) {
      const stretch = placed.find(({ end }) => time < end);
      return stretch ? stretch.at + Math.max(0, time - stretch.start) : length;
    },
  };
}

/** The utterance being spoken at `time`, or the last one before it; -1 before the first. */
export function indexAt(utterances: readonly Stretch[], time: number): number {
  return utterances.findLastIndex(({ start }) => start <= time);
}
