import { ApiError } from '@friend-lite/client';
import { describe, expect, it } from 'vitest';
import { mayPass, safePlace } from './session.ts';

describe('safePlace', () => {
  it.each(['/', '/conversations/1?t=3', '/memories?q=a%20b'])('keeps %s', (place) => {
    expect(safePlace(place)).toBe(place);
  });

  it.each([
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil',
    '/\t/evil',
    '/login',
  ])('does not follow %s', (place) => {
    expect(safePlace(place)).toBe('/');
  });
});

describe('mayPass', () => {
  it('tells failures that may pass from answers that stand', () => {
    expect(mayPass(new ApiError(0, 'network', ''))).toBe(true);
    expect(mayPass(new ApiError(503, 'not_ready', ''))).toBe(true);
    expect(mayPass(new ApiError(404, 'not_found', ''))).toBe(false);
    expect(mayPass(new ApiError(0, 'invalid_answer', ''))).toBe(false);
  });
});
