import { describe, expect, it } from 'vitest';
import { parseWyomingUri } from './address.ts';

describe('the address of a Wyoming server', () => {
  it.each([
    ['tcp://localhost:8765', { host: 'localhost', port: 8765 }],
    ['tcp://192.168.0.110:8765/', { host: '192.168.0.110', port: 8765 }],
    ['tcp://[::1]:10300', { host: '::1', port: 10300 }],
  ])('is read from %s', (uri, address) => {
    expect(parseWyomingUri(uri)).toEqual(address);
  });

  it.each([
    'localhost:8765',
    'http://localhost:8765',
    'tcp://localhost',
    'tcp://:8765',
    'tcp://localhost:0',
    'tcp://localhost:99999',
    'tcp://localhost:8765/path',
    'tcp://user:secret@localhost:8765',
    'tcp://localhost:8765?a=1',
    '',
  ])('is not read from %s', (uri) => {
    expect(() => parseWyomingUri(uri)).toThrow(TypeError);
  });
});
