import { describe, expect, it } from 'vitest';
import { createCaptions } from './captions.ts';

const caption = (text: string, isFinal: boolean, start = 0) => ({
  type: 'caption' as const,
  client_id: 'mic',
  conversation_id: null,
  start,
  end: start + 1,
  is_final: isFinal,
  segments: text === '' ? [] : [{ start, end: start + 1, text, speaker: null }],
});
const textsOf = (captions: ReturnType<typeof createCaptions>) =>
  captions.of('mic').lines.map(({ text, isInterim }) => (isInterim ? `${text}…` : text));

describe('captions of a device', () => {
  it('replace what is not final, and keep what is', () => {
    const captions = createCaptions();
    captions.show(caption('we plant', false));
    captions.show(caption('we plant the early', false));
    expect(textsOf(captions)).toEqual(['we plant the early…']);
    captions.show(caption('We plant the early potatoes.', true));
    captions.show(caption('and then', false, 2));
    expect(textsOf(captions)).toEqual(['We plant the early potatoes.', 'and then…']);
    captions.show(caption('', false, 2));
    expect(textsOf(captions)).toEqual(['We plant the early potatoes.']);
  });

  it('keep the latest lines only, and are none of another device', () => {
    const captions = createCaptions();
    for (const text of ['1', '2', '3', '4', '5']) captions.show(caption(text, true));
    expect(textsOf(captions)).toEqual(['2', '3', '4', '5']);
    expect(captions.of('other').lines).toEqual([]);
  });

  it('tell of changes, and are the same object until then', () => {
    const captions = createCaptions();
    let told = 0;
    const stop = captions.subscribe(() => (told += 1));
    captions.setState({ type: 'captions', client_id: 'mic', state: 'live' });
    expect(captions.of('mic')).toBe(captions.of('mic'));
    expect([captions.of('mic').state, told]).toEqual(['live', 1]);
    stop();
    captions.show(caption('1', true));
    expect(told).toBe(1);
  });
});
