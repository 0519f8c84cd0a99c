import { userIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { clientIdOf, createDevices } from './devices.ts';
import { memoryDevices } from './stores.fake.ts';

const userId = userIdSchema.parse('0123456789abcdef01e26efe');

describe('clientIdOf', () => {
  it.each([
    ['laptop', 'e26efe-laptop'],
    ['My Phone!', 'e26efe-myphone'],
    ['havpe_kitchen', 'e26efe-havpekitch'],
    ['webui-simple-recorder', 'e26efe-webui-simp'],
    ['upload-001', 'e26efe-upload-001'],
    ['Küche Süd', 'e26efe-küchesüd'],
    ['マイク一号', 'e26efe-マイク一号'],
    ['../../etc/passwd', 'e26efe-etcpasswd'],
    ['', 'e26efe-device'],
    ['!!! ', 'e26efe-device'],
    [null, 'e26efe-device'],
  ])('names %j %s', (name, expected) => {
    expect(clientIdOf(userId, name)).toBe(expected);
  });

  it('takes two spellings of one letter for one device', () => {
    expect(clientIdOf(userId, 'Ku\u0308che')).toBe(clientIdOf(userId, 'K\u00fcche'));
  });

  it('is always the same, short, and free of anything a path or header could trip over', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const id = clientIdOf(userId, name);
        expect(id).toMatch(/^e26efe-[\p{L}\p{N}-]{1,10}$/u);
        expect(clientIdOf(userId, name)).toBe(id);
      }),
    );
  });
});

describe('devices', () => {
  it('are one record across connections, with the time they were last seen', async () => {
    const clock = fakeClock();
    const devices = createDevices(memoryDevices(), clock);

    const first = await devices.seen(userId, 'Kitchen Mic');
    clock.advance(60_000);
    await devices.seen(userId, 'kitchen mic');

    expect(await devices.list(userId)).toEqual([
      { ...first, deviceName: 'Kitchen Mic', lastSeenAt: first.firstSeenAt + 60_000 },
    ]);
  });

  it('are different ones when their names differ only at the end', async () => {
    const devices = createDevices(memoryDevices(), fakeClock());
    const names = ['living-room-left', 'living-room-right', 'Living Room-left', 'living-room-rear'];
    const seen = await Promise.all(names.map((name) => devices.seen(userId, name)));

    expect(seen.map(({ clientId }) => clientId)).toEqual([
      'e26efe-living-roo',
      'e26efe-living-roo-2',
      'e26efe-livingroom',
      'e26efe-living-roo-3',
    ]);
    expect((await devices.seen(userId, 'living-room-right')).clientId).toBe('e26efe-living-roo-2');
  });

  it('have a name even if they gave none', async () => {
    const devices = createDevices(memoryDevices(), fakeClock());

    expect(await devices.seen(userId, '  ')).toMatchObject({ deviceName: 'device' });
  });
});
