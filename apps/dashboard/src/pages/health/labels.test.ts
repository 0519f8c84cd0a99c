import { expect, it } from 'vitest';
import { labelOf, statusText } from './labels.ts';

it('makes labels of keys', () => {
  expect(['active_clients', 'asr_uri', 'new_conversation_timeout_minutes'].map(labelOf)).toEqual([
    'Active clients',
    'ASR URI',
    'New conversation timeout, minutes',
  ]);
});

it('leaves the sign in front of a status out', () => {
  expect(statusText('⚠️ No recogniser. Set X=y.')).toBe('No recogniser. Set X=y.');
  expect(statusText('✅ 3 items')).toBe('3 items');
  expect(statusText('Connected')).toBe('Connected');
});
