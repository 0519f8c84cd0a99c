/** One line of a spoken dialogue. */
export interface DialogueLine {
  readonly speaker: string;
  readonly text: string;
  /** Silence after the line. */
  readonly pauseAfterMs: number;
}

export type Dialogue = readonly DialogueLine[];
