import { describe, expect, it } from 'vitest';
import { conversationsOf } from './conversations-of.ts';

const file = {
  client_id: 'u-upload',
  recorded_at: '2025-11-14T09:00:00.000Z',
  duration_seconds: 600,
};
const conversation = (started_at: string, duration_seconds: number, client_id = 'u-upload') => ({
  client_id,
  started_at,
  duration_seconds,
});

describe('conversationsOf', () => {
  it('finds those that have of the time of the file, in order', () => {
    const later = conversation('2025-11-14T09:08:00.000Z', 300);
    const first = conversation('2025-11-14T08:59:00.000Z', 90);
    expect(conversationsOf(file, [later, first])).toEqual([first, later]);
  });

  it('leaves out what only touches it, and what another device heard', () => {
    expect(
      conversationsOf(file, [
        conversation('2025-11-14T08:59:00.000Z', 60),
        conversation('2025-11-14T09:10:00.000Z', 60),
        conversation('2025-11-14T09:01:00.000Z', 60, 'u-phone'),
      ]),
    ).toEqual([]);
  });

  it('finds none where the time of the file is not known', () => {
    const all = [conversation('2025-11-14T09:01:00.000Z', 60)];
    expect(conversationsOf({ ...file, recorded_at: null }, all)).toEqual([]);
  });
});
