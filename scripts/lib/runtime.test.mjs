import { describe, expect, it } from 'vitest';
import { isSuitable } from './runtime.mjs';

describe('the Node.js that runs this', () => {
  it.each(['22.18.0', '22.19.1', '24.0.0', '26.1.0'])('may be %s', (version) => {
    expect(isSuitable(version, '22.18')).toBe(true);
  });

  it.each(['18.20.4', '20.20.2', '22.17.9', '22.9.0', '23.11.0', '25.2.0'])(
    'may not be %s',
    (version) => {
      expect(isSuitable(version, '22.18')).toBe(false);
    },
  );
});
