import type { RefusalFault, TransportFault } from '../http-service/index.ts';

export type ModelKind = 'chat' | 'embed' | 'models';

/** What one request suffers. */
export interface ModelFault extends TransportFault {
  /** Requests of this kind alone; of chats, when left out. */
  readonly on?: ModelKind;
  readonly refuses?: RefusalFault;
  /** Waits before it answers. */
  readonly answerDelayMs?: number;
  /** What the body of an answer with status 200 is instead; `error`: as a model that died while it wrote. */
  readonly body?: 'cut-json' | 'html' | 'wrong-shape' | 'error';

  /** What the model says instead. */
  readonly says?: string;
  /** What stands around what the model says: a fence, prose, or what it thought before. */
  readonly wraps?: 'fence' | 'prose' | 'thoughts';
  /** Half of what the model says is not said: the answer became too long. */
  readonly isCut?: boolean;
  /** The model declines. */
  readonly refusal?: boolean;
  /** What the vectors are like instead. */
  readonly vectors?: 'fewer' | 'null' | 'ragged' | 'zero';
}

/** What a fault makes of what the model says. */
export function said(text: string, { says, wraps, isCut }: ModelFault): string {
  const own = says ?? text;
  const whole = isCut ? own.slice(0, own.length / 2) : own;
  switch (wraps) {
    case 'fence':
      return `\`\`\`json\n${whole}\n\`\`\``;
    case 'prose':
      return `Sure! Here is what I found {as JSON}:\n\n${whole}\n\nLet me know if [you] need more.`;
    case 'thoughts':
      return `<think>The user wants {"memories": []}, or more.</think>\n${whole}`;
    default:
      return whole;
  }
}

/** What a fault makes of the vectors. */
export function spoiltVectors(
  vectors: readonly (readonly number[])[],
  { vectors: spoilt }: ModelFault,
): readonly (readonly (number | null)[])[] {
  switch (spoilt) {
    case 'fewer':
      return vectors.slice(1);
    case 'null':
      return vectors.map((vector) => vector.map((value, index) => (index === 0 ? null : value)));
    case 'ragged':
      return vectors.map((vector, index) => vector.slice(index));
    case 'zero':
      return vectors.map((vector) => vector.map(() => 0));
    default:
      return vectors;
  }
}
