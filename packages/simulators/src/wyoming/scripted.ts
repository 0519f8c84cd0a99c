import type { Recognise } from './server.ts';

/** Answers with the texts, one after the other, and with nothing (no words) when they are used up. */
export function scriptedRecogniser(texts: readonly string[]): Recognise {
  const left = [...texts];
  return async () => left.shift() ?? '';
}
