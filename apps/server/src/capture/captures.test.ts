import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog, type Log } from '../base/index.ts';
import { createCaptures, type Connection } from './captures.ts';
import type { ActiveDevice } from './devices.ts';
import {
  alice,
  bob,
  captureId,
  fakeCaptureStore,
  fakeLink,
  fakeSegmentFiles,
  liveCapture,
  noise,
  phone,
  turns,
} from './fakes.ts';
import type { CaptureEvent } from './taps.ts';

const graceMs = 60_000;

function setUp(log: Log = silentLog) {
  const clock = fakeClock();
  const store = fakeCaptureStore();
  const files = fakeSegmentFiles();
  const sightings: ActiveDevice[] = [];
  const captures = createCaptures({
    store,
    files,
    clock,
    log,
    reconnectGraceMs: graceMs,
    maxLateMs: 3_600_000,
    onDevice: (device) => sightings.push(device),
  });
  const events: CaptureEvent[] = [];
  captures.tap((event) => events.push(event));

  const connect = (clientId = phone, userId = alice, more: Partial<Connection> = {}) => {
    const link = fakeLink();
    const session = captures.connect({ userId, clientId, deviceName: 'Phone', link, ...more });
    const sendNumbered = (seq: number) => {
      const data = { seq };
      session.onText(JSON.stringify({ type: 'audio-chunk', data, payload_length: 640 }));
      session.onBinary(noise(640, seq));
    };
    const readyOf = () => link.sent.find((message) => message.type === 'ready')?.data;
    const acks = () =>
      link.sent.flatMap((message) => (message.type === 'ack' ? [message.data.seq] : []));
    return {
      link,
      session,
      send: (bytes: Uint8Array) => session.onBinary(bytes),
      sendNumbered,
      readyOf,
      acks,
    };
  };
  const wait = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  /** What was told, shortly. */
  const story = () =>
    events.map((event) => {
      if (event.type === 'sound') return `sound ${event.startMs}+${event.pcm.byteLength / 32}`;
      if (event.type === 'gap') return `gap ${event.startMs}-${event.endMs}`;
      if (event.type === 'ended') return `ended ${event.endMs} ${event.reason}`;
      return event.type;
    });
  const records = () => [...store.captures.values()];
  const stored = () => Buffer.concat([...files.sound.values()]);
  return {
    clock,
    store,
    files,
    captures,
    events,
    sightings,
    connect,
    wait,
    story,
    records,
    stored,
  };
}

const header = (type: string) => JSON.stringify({ type, data: {} });

describe('a session', () => {
  it('shows its device as it comes, records, and goes', async () => {
    const { connect, wait, sightings } = setUp();
    const { session, send } = connect();
    send(noise(640));
    await wait(25);
    session.onClose(1006);
    await wait(graceMs + 1000);
    expect(
      sightings.map(({ isConnected, capture }) => [isConnected, capture?.state ?? null]),
    ).toEqual([
      [true, null],
      [true, 'live'],
      [false, 'away'],
      [false, null],
    ]);
  });

  it('is greeted at once, and opens a capture with its first sound', async () => {
    const { connect, wait, records, story } = setUp();
    const { link, session, send } = connect();
    expect(link.sent).toEqual([
      { type: 'ready', message: 'WebSocket connection established', data: { client_id: phone } },
    ]);
    session.onText(header('audio-start'));
    await wait(1000);
    expect(records()).toEqual([]);
    send(noise(640));
    await wait(25);
    expect(records()).toMatchObject([{ userId: alice, clientId: phone, state: 'live' }]);
    expect(story()).toEqual(['opened', 'sound 0+20']);
  });

  it('makes one capture of each recording on it', async () => {
    const { connect, wait, records, story } = setUp();
    const { session, send } = connect();
    for (let recording = 0; recording < 3; recording += 1) {
      session.onText(header('audio-start'));
      send(noise(640, recording));
      session.onText(header('audio-stop'));
      await wait(25);
    }
    expect(records().map(({ state, endReason }) => [state, endReason])).toEqual([
      ['sealed', 'stop'],
      ['sealed', 'stop'],
      ['sealed', 'stop'],
    ]);
    const one = ['opened', 'sound 0+20', 'ended 20 stop'];
    expect(story()).toEqual([...one, ...one, ...one]);
  });

  it('is told of bad input, and goes on', async () => {
    const { connect, wait, stored } = setUp();
    const { link, session, send } = connect();
    send(noise(640, 1));
    session.onText('not json');
    send(noise(640, 2));
    await wait(25);
    expect(link.sent[1]).toMatchObject({ type: 'error', error: 'invalid_json', code: 400 });
    expect(link.closed).toEqual([]);
    expect(stored()).toEqual(Buffer.concat([noise(640, 1), noise(640, 2)]));
  });

  it('takes sound faster than real time at the time of its samples', async () => {
    const { connect, wait, story } = setUp();
    const { send } = connect();
    for (let second = 0; second < 4; second += 1) {
      send(noise(32_000));
      await wait(30);
    }
    expect(story()).toEqual(['opened', ...[0, 1000, 2000, 3000].map((at) => `sound ${at}+1000`)]);
  });

  it('that sent nothing for longer than the grace has a gap there', async () => {
    const { connect, wait, story } = setUp();
    const { send } = connect();
    send(noise(640));
    await wait(graceMs + 1000);
    send(noise(640));
    await wait(25);
    expect(story()).toEqual(['opened', 'sound 0+20', 'gap 20-61000', 'sound 61000+20']);
  });
});

describe('the end of a recording', () => {
  it.each([1000, 1005])('comes with a clean close (%i), for good', async (code) => {
    const { connect, wait, records, story } = setUp();
    const first = connect();
    first.send(noise(640));
    first.session.onClose(code);
    first.send(noise(640));
    await wait(25);
    connect().send(noise(640));
    await wait(25);
    expect(records().map(({ state, endReason }) => [state, endReason])).toEqual([
      ['sealed', 'closed'],
      ['live', null],
    ]);
    expect(story()).toEqual(['opened', 'sound 0+20', 'ended 20 closed', 'opened', 'sound 0+20']);
  });

  it('is a hard boundary: what follows audio-stop is in no capture', async () => {
    const { connect, wait, records, stored } = setUp();
    const { session, send } = connect();
    session.onText(header('audio-start'));
    send(noise(640, 1));
    session.onText(header('audio-stop'));
    send(noise(640, 2));
    await wait(1000);
    expect(records()).toHaveLength(1);
    expect(stored()).toEqual(Buffer.from(noise(640, 1)));
  });

  it('by REST starts a new capture with the next sound, without a reconnect', async () => {
    const { captures, connect, wait, records, story } = setUp();
    const { send } = connect();
    expect(captures.end(alice, phone)).toBe(false);
    send(noise(640));
    await wait(25);
    expect(captures.end(bob, phone)).toBe(false);
    expect(captures.end(alice, phone)).toBe(true);
    await turns();
    send(noise(640));
    await wait(25);
    expect(records()).toHaveLength(2);
    expect(story()).toEqual(['opened', 'sound 0+20', 'ended 20 closed', 'opened', 'sound 0+20']);
  });

  it('is on record before the last sound is written', async () => {
    const { connect, files, wait, records } = setUp();
    const { session, send } = connect();
    send(noise(640));
    await wait(25);
    const release = files.hang();
    send(noise(640));
    session.onText(header('audio-stop'));
    await turns();
    expect(records()).toMatchObject([{ state: 'ended', endReason: 'stop' }]);
    release();
    await turns();
    expect(records()).toMatchObject([{ state: 'sealed' }]);
  });
});

describe('the time a device was away', () => {
  it('is measured on its own clock, though its first sound came late or all at once', async () => {
    const { connect, wait, story } = setUp();
    const first = connect();
    for (let frame = 0; frame < 50; frame += 1) first.send(noise(640, frame));
    await wait(1000);
    for (let frame = 0; frame < 50; frame += 1) first.send(noise(640, frame));
    first.session.onClose(1006);
    await wait(5000);
    const second = connect();
    await wait(0);
    second.send(noise(640, 7));
    await wait(25);
    // Two seconds of sound in one: by its last frame, the device began 980 ms before it was heard.
    expect(story().find((told) => told.startsWith('gap'))).toBe('gap 2000-6980');
  });
});

describe('a device that is lost', () => {
  it.each([1001, 1006, 1011, 1009])('by %i may come back within the grace', async (code) => {
    const { connect, wait, records, story, stored, captures } = setUp();
    const first = connect();
    first.send(noise(640, 1));
    first.session.onClose(code);
    await wait(25);
    expect(records()).toMatchObject([{ state: 'away' }]);
    expect(captures.active(alice)).toMatchObject([
      { isConnected: false, capture: { state: 'away' } },
    ]);
    await wait(graceMs - 1000);
    const second = connect();
    await wait(2000);
    second.send(noise(640, 2));
    await wait(25);
    expect(records()).toMatchObject([{ state: 'live', awaySince: null }]);
    expect(story()).toEqual([
      'opened',
      'sound 0+20',
      'away',
      'back',
      'gap 20-61025',
      'sound 61025+20',
    ]);
    expect(stored()).toEqual(Buffer.concat([noise(640, 1), noise(640, 2)]));
  });

  it('is given up when the grace is over', async () => {
    const { connect, wait, records, story, clock, captures } = setUp();
    const first = connect();
    first.send(noise(640));
    await wait(25);
    const lostAt = clock.now();
    first.session.onClose(1006);
    await wait(graceMs - 1);
    expect(records()).toMatchObject([{ state: 'away' }]);
    await wait(1);
    expect(records()).toMatchObject([{ state: 'sealed', endReason: 'lost', endedAt: lostAt }]);
    expect(captures.active()).toEqual([]);
    connect().send(noise(640));
    await wait(25);
    expect(records()).toHaveLength(2);
    expect(story()).toEqual([
      'opened',
      'sound 0+20',
      'away',
      'ended 20 lost',
      'opened',
      'sound 0+20',
    ]);
  });

  it('can be ended by REST while it is away', async () => {
    const { captures, connect, wait, story } = setUp();
    const first = connect();
    first.send(noise(640));
    first.session.onClose(1006);
    expect(captures.end(alice, phone)).toBe(true);
    await wait(2 * graceMs);
    expect(story().at(-1)).toBe('ended 20 closed');
    expect(story().filter((line) => line.startsWith('ended'))).toHaveLength(1);
  });

  it('makes no records by reconnecting over and over', async () => {
    const { connect, wait, records, store } = setUp();
    const first = connect();
    first.send(noise(640));
    first.session.onClose(1006);
    await wait(25);
    for (let storm = 0; storm < 200; storm += 1) {
      const { session } = connect();
      session.onText(header('audio-start'));
      session.onClose(1006);
      await wait(10);
    }
    expect(records()).toHaveLength(1);
    expect(store.segmentRecords.size).toBe(1);
  });
});

describe('a newer socket of the same device', () => {
  it('takes over from a dead one: the capture goes on, the older socket is told and heard no more', async () => {
    const { connect, wait, records, stored, story, captures } = setUp();
    const older = connect();
    older.send(noise(640, 1));
    await wait(25);
    const newer = connect();
    newer.send(noise(640, 2));
    expect(newer.link.sent).toEqual([]);
    await turns();
    expect(newer.readyOf()).toEqual({ client_id: phone });
    expect(older.link.sent.at(-1)).toMatchObject({
      type: 'error',
      error: 'taken_over',
      code: 1008,
    });
    expect(older.link.closed).toEqual([{ code: 1008, reason: 'Taken over' }]);
    older.send(noise(640, 9));
    older.session.onText(header('audio-stop'));
    newer.send(noise(640, 3));
    older.session.onClose(1000);
    await wait(25);
    expect(records()).toMatchObject([{ state: 'live' }]);
    expect(stored()).toEqual(Buffer.concat([1, 2, 3].map((seed) => noise(640, seed))));
    expect(story()[0]).toBe('opened');
    expect(captures.counts.all()).toMatchObject({ takeovers: 1, namesakes: 0 });
  });

  it('that finds the older one alive is another device, with its own recording', async () => {
    const { connect, wait, records, captures } = setUp();
    const links = [1, 2, 3].map(async (seed) => {
      const { link, send, readyOf } = connect();
      link.alive = true;
      await turns();
      send(noise(640, seed));
      return { link, clientId: readyOf()?.client_id };
    });
    const devices = await Promise.all(links);
    await wait(25);
    expect(devices.map(({ clientId }) => clientId)).toEqual([phone, `${phone}-2`, `${phone}-3`]);
    expect(devices.flatMap(({ link }) => link.closed)).toEqual([]);
    expect(records().map(({ clientId }) => clientId)).toEqual([phone, `${phone}-2`, `${phone}-3`]);
    expect(captures.active(alice).map(({ deviceName }) => deviceName)).toEqual([
      'Phone',
      'Phone 2',
      'Phone 3',
    ]);
    expect(captures.counts.all()).toMatchObject({ takeovers: 0, namesakes: 2 });
  });

  it('takes over from one that answers, but fell silent in mid-stream as the newer came', async () => {
    const { connect, wait, records, captures } = setUp();
    const older = connect();
    older.link.alive = true;
    older.send(noise(640, 1));
    await wait(25);
    const newer = connect();
    await wait(1999);
    expect(newer.link.sent).toEqual([]);
    await wait(1);
    expect(newer.readyOf()).toEqual({ client_id: phone });
    expect(older.link.closed).toEqual([{ code: 1008, reason: 'Taken over' }]);
    newer.send(noise(640, 2));
    await wait(25);
    expect(records()).toMatchObject([{ clientId: phone, state: 'live' }]);
    expect(captures.counts.all()).toMatchObject({ takeovers: 1, namesakes: 0 });
  });

  it.each([
    { what: 'goes on sending', hasSound: true, silentMs: 100, goesOn: true },
    { what: 'was silent before', hasSound: true, silentMs: 10_000, goesOn: false },
    { what: 'has sent no sound yet', hasSound: false, silentMs: 100, goesOn: false },
  ])('is another device beside one that answers and $what', async (situation) => {
    const { connect, wait } = setUp();
    const older = connect();
    older.link.alive = true;
    older.session.onText(header('audio-start'));
    if (situation.hasSound) older.send(noise(640, 1));
    await wait(situation.silentMs);
    const newer = connect();
    await wait(100);
    if (situation.goesOn) older.send(noise(640, 2));
    await turns();
    expect(newer.readyOf()).toEqual({ client_id: `${phone}-2` });
    expect(older.link.closed).toEqual([]);
  });

  it('of the second of two devices comes back to where it was', async () => {
    const { connect, wait, records } = setUp();
    const first = connect();
    first.link.alive = true;
    const second = connect();
    await turns();
    second.send(noise(640));
    second.session.onClose(1006);
    await wait(25);
    const back = connect();
    await turns();
    expect(back.readyOf()?.client_id).toBe(`${phone}-2`);
    back.send(noise(640));
    await wait(25);
    expect(records()).toMatchObject([{ clientId: `${phone}-2`, state: 'live' }]);
  });

  it('does not wait longer than 2 s, and a row of them no longer than one', async () => {
    const { connect, wait, records } = setUp();
    const never = new Promise<boolean>(() => undefined);
    const sockets = [connect()];
    sockets[0]!.link.alive = never;
    sockets[0]!.send(noise(640));
    await wait(25);
    for (let storm = 0; storm < 20; storm += 1) {
      const socket = connect();
      socket.link.alive = never;
      sockets.push(socket);
    }
    const last = sockets.at(-1)!;
    last.link.alive = true;
    await wait(1999);
    expect(last.link.sent).toEqual([]);
    await wait(1);
    expect(last.readyOf()).toEqual({ client_id: phone });
    expect(sockets.filter(({ link }) => link.closed.length === 0)).toEqual([last]);
    expect(records()).toMatchObject([{ state: 'live' }]);
  });

  it('that leaves again while it waits takes nothing over, unless it had said something', async () => {
    const { connect, wait, records, captures } = setUp();
    const older = connect();
    older.send(noise(640));
    await wait(25);
    connect().session.onClose(1006);
    await turns();
    expect(older.link.closed).toEqual([]);
    const talking = connect();
    talking.send(noise(640));
    talking.session.onClose(1000);
    await turns();
    await wait(25);
    expect(older.link.closed).toMatchObject([{ code: 1008 }]);
    expect(records()).toMatchObject([{ state: 'sealed', endReason: 'closed' }]);
    expect(captures.active()).toEqual([]);
  });

  it('of another user with the same client id is another device', async () => {
    const { connect, wait, records } = setUp();
    const hers = connect(phone, alice);
    const his = connect(phone, bob);
    hers.send(noise(640));
    his.send(noise(640));
    await wait(25);
    expect(hers.link.closed).toEqual([]);
    expect(records().map(({ userId }) => userId)).toEqual([alice, bob]);
  });
});

describe('a device that numbers its frames', () => {
  const numbered = { isNumbered: true };

  it('hears how far its sound is on disk for good, and no one else does', async () => {
    const { connect, wait, records } = setUp();
    const { link, sendNumbered, readyOf, acks } = connect(phone, alice, numbered);
    expect(readyOf()).toEqual({ client_id: phone, capture_id: null, seq: 0, ended: null });
    for (const seq of [1, 2, 3]) sendNumbered(seq);
    await wait(25);
    await wait(5000);
    expect(acks().at(-1)).toBe(3);
    const [capture] = records();
    expect(link.sent.at(-1)).toEqual({ type: 'ack', data: { capture_id: capture?.id, seq: 3 } });
  });

  it('goes on after what is safe: nothing twice, nothing missing', async () => {
    const { connect, wait, records, stored, captures } = setUp();
    const first = connect(phone, alice, numbered);
    for (const seq of [1, 2, 3]) first.sendNumbered(seq);
    await wait(25);
    await wait(5000);
    for (const seq of [4, 5]) first.sendNumbered(seq);
    first.session.onClose(1006);
    const second = connect(phone, alice, numbered);
    await turns();
    const ready = second.readyOf();
    expect(ready).toMatchObject({ capture_id: records()[0]?.id });
    expect(ready?.seq).toBeGreaterThanOrEqual(3);
    for (let seq = 4; seq <= 8; seq += 1) second.sendNumbered(seq);
    second.sendNumbered(6);
    await wait(25);
    expect(stored()).toEqual(Buffer.concat([1, 2, 3, 4, 5, 6, 7, 8].map((seq) => noise(640, seq))));
    expect(captures.counts.all().repeatedFrames).toBe(3);
  });

  it('hears of its last capture when the connection broke right after the end', async () => {
    const { connect, wait, records } = setUp();
    const first = connect(phone, alice, numbered);
    for (const seq of [1, 2]) first.sendNumbered(seq);
    first.session.onText(header('audio-stop'));
    first.session.onClose(1006);
    const second = connect(phone, alice, numbered);
    await turns();
    await wait(25);
    expect(second.readyOf()).toEqual({
      client_id: phone,
      capture_id: null,
      seq: 0,
      ended: { capture_id: records()[0]?.id, seq: 2 },
    });
    await wait(graceMs + 1000);
    second.session.onClose(1000);
    expect(connect(phone, alice, numbered).readyOf()?.ended).toBeNull();
  });

  it('may say its stop again: the recording that came after goes on', async () => {
    const { connect, wait, records } = setUp();
    const stopAt = (seq: number) => JSON.stringify({ type: 'audio-stop', data: { seq } });
    const { session, sendNumbered } = connect(phone, alice, numbered);
    sendNumbered(1);
    session.onText(stopAt(1));
    session.onText(header('audio-start'));
    sendNumbered(2);
    session.onText(stopAt(1));
    await wait(25);
    expect(records().map(({ state }) => state)).toEqual(['sealed', 'live']);
    session.onText(stopAt(2));
    await wait(25);
    expect(records().map(({ state }) => state)).toEqual(['sealed', 'sealed']);
  });

  it('begins each recording anew', async () => {
    const { connect, wait, records, stored } = setUp();
    const { session, sendNumbered } = connect(phone, alice, numbered);
    for (const seq of [1, 2]) sendNumbered(seq);
    session.onText(header('audio-stop'));
    session.onText(header('audio-start'));
    for (const seq of [1, 2]) sendNumbered(seq);
    await wait(25);
    expect(records()).toHaveLength(2);
    expect(stored()).toHaveLength(4 * 640);
  });
});

describe('Opus', () => {
  const opus = { codec: 'opus' } as const;
  const packet = (seed: number) => {
    const bytes = noise(40, seed);
    bytes[0] = 0xb8;
    return bytes;
  };

  it('is recorded packet by packet', async () => {
    const { connect, wait, records, files } = setUp();
    const { send } = connect(phone, alice, opus);
    for (const seed of [1, 2, 3]) send(packet(seed));
    await wait(25);
    expect(records()).toMatchObject([{ format: { encoding: 'opus' } }]);
    const chunks = [...files.chunks.values()].flat().map(({ chunk }) => chunk);
    expect(chunks.map((chunk) => Buffer.from(chunk))).toEqual(
      [1, 2, 3].map((seed) => Buffer.from(packet(seed))),
    );
  });

  it('that nobody can read is counted, and told at most every 10 s', async () => {
    const { connect, wait, captures } = setUp();
    const { link, send } = connect(phone, alice, opus);
    for (let second = 0; second < 15; second += 1) {
      for (let frame = 0; frame < 50; frame += 1) send(Uint8Array.of(0xbb));
      await wait(1000);
    }
    expect(link.sent.filter(({ type }) => type === 'error')).toHaveLength(2);
    expect(link.closed).toEqual([]);
    expect(captures.counts.all().undecodablePackets).toBe(750);
  });

  it('after PCM, or the other way, is a capture of its own', async () => {
    const { connect, wait, records } = setUp();
    const first = connect();
    first.send(noise(640));
    first.session.onClose(1006);
    const second = connect(phone, alice, opus);
    second.send(packet(1));
    second.session.onText(JSON.stringify({ type: 'audio-start', data: { codec: 'pcm' } }));
    second.send(noise(640));
    await wait(25);
    expect(records().map(({ format, state }) => [format.encoding, state])).toEqual([
      ['pcm_s16le', 'sealed'],
      ['opus', 'sealed'],
      ['pcm_s16le', 'live'],
    ]);
  });
});

describe('PCM of another kind', () => {
  it('is stored at the right speed', async () => {
    const { connect, wait, stored, records } = setUp();
    const { session, send } = connect();
    const data = { rate: 48_000, width: 4, channels: 2 };
    session.onText(JSON.stringify({ type: 'audio-start', data }));
    for (let frame = 0; frame < 50; frame += 1) send(noise(48 * 8 * 20, frame));
    session.onText(header('audio-stop'));
    await wait(25);
    expect(stored()).toHaveLength(32_000);
    expect(records()).toMatchObject([{ format: { encoding: 'pcm_s16le', sampleRateHz: 16_000 } }]);
  });
});

describe('sound that was recorded earlier', () => {
  const lateStart = (capturedAt: number) =>
    JSON.stringify({ type: 'audio-start', data: { captured_at: capturedAt } });

  it('is refused when it is Opus that nobody declared, and what is live then goes on', async () => {
    const { connect, wait, records, clock } = setUp();
    const { link, session, send } = connect();
    session.onText(lateStart(clock.now() - 60_000));
    for (const size of [38, 41, 37, 44]) send(Uint8Array.from(noise(size)).fill(0xb8, 0, 1));
    await wait(25);
    expect(link.sent.at(-1)).toMatchObject({ type: 'error', error: 'unsupported_audio_format' });
    expect(link.closed).toHaveLength(1);
    const back = connect();
    back.send(noise(640));
    await wait(25);
    expect(records().filter(({ origin }) => origin === 'live')).toMatchObject([{ state: 'live' }]);
  });

  it('becomes captures of the past, and leaves what goes on alone', async () => {
    const { clock, connect, wait, records, captures } = setUp();
    const { session, send } = connect();
    send(noise(640, 1));
    await wait(25);
    const before = clock.now() - 600_000;
    for (const minute of [0, 1]) {
      session.onText(lateStart(before + minute * 60_000));
      send(noise(640, 2 + minute));
    }
    session.onText(header('audio-stop'));
    await wait(25);
    expect(captures.active()).toMatchObject([{ capture: { origin: 'live', state: 'live' } }]);
    session.onText(header('audio-start'));
    send(noise(640, 9));
    await wait(25);
    expect(
      records().map(({ origin, startedAt, state }) => [origin, startedAt - before, state]),
    ).toEqual([
      ['live', 599_975, 'live'],
      ['late', 0, 'sealed'],
      ['late', 60_000, 'sealed'],
    ]);
  });

  it('is kept as far as it came when the device is lost', async () => {
    const { clock, connect, wait, records, stored } = setUp();
    const { session, send } = connect();
    session.onText(lateStart(clock.now() - 600_000));
    send(noise(640, 1));
    session.onClose(1006);
    await wait(25);
    expect(records()).toMatchObject([{ origin: 'late', state: 'sealed' }]);
    expect(stored()).toHaveLength(640);
  });

  it('is confirmed, where frames are numbered, when all of it is on disk', async () => {
    const { clock, connect, wait, records } = setUp();
    const { session, sendNumbered, link } = connect(phone, alice, { isNumbered: true });
    session.onText(lateStart(clock.now() - 600_000));
    for (const seq of [1, 2]) sendNumbered(seq);
    session.onText(header('audio-stop'));
    await wait(25);
    expect(link.sent.at(-1)).toEqual({
      type: 'ack',
      data: { capture_id: records()[0]?.id, seq: 2 },
    });
  });

  it('comes no faster than the disk takes it', async () => {
    const { clock, connect, files, wait, stored } = setUp();
    const release = files.hang();
    const { session, send, link } = connect();
    session.onText(lateStart(clock.now() - 600_000));
    for (let second = 0; second < 7; second += 1) send(noise(32_000, second));
    await wait(1);
    expect(link.isPaused).toBe(true);
    release();
    await wait(30);
    expect(link.isPaused).toBe(false);
    session.onText(header('audio-stop'));
    await wait(30);
    expect(stored()).toHaveLength(7 * 32_000);
  });
});

describe('trouble with the disk', () => {
  it('pauses the sender at 5 s of pending sound, and lets it go on when the disk catches up', async () => {
    const { connect, files, wait, stored } = setUp();
    const release = files.hang();
    const { link, send } = connect();
    for (let second = 0; second < 6; second += 1) send(noise(32_000, second));
    expect(link.isPaused).toBe(true);
    await wait(5000);
    release();
    await wait(30);
    expect(link.isPaused).toBe(false);
    await wait(20_000);
    expect(link.closed).toEqual([]);
    expect(stored()).toHaveLength(6 * 32_000);
  });

  it('closes a sender that waited 10 s, and keeps what it had taken', async () => {
    const { connect, files, wait, stored, records } = setUp();
    const release = files.hang();
    const { link, send } = connect();
    for (let second = 0; second < 6; second += 1) send(noise(32_000, second));
    await wait(10_000);
    expect(link.sent.at(-1)).toMatchObject({ error: 'too_slow', code: 1013 });
    expect(link.closed).toEqual([{ code: 1013, reason: 'Too slow' }]);
    const again = connect();
    expect(again.link.isPaused).toBe(true);
    release();
    await wait(30);
    expect(again.link.isPaused).toBe(false);
    expect(stored()).toHaveLength(6 * 32_000);
    expect(records()).toMatchObject([{ state: 'live' }]);
  });

  it('gives a socket that takes over from a paused one its own 10 s', async () => {
    const { connect, files, wait } = setUp();
    files.hang();
    const older = connect();
    for (let second = 0; second < 6; second += 1) older.send(noise(32_000, second));
    await wait(6000);
    const newer = connect();
    await turns();
    await wait(6000);
    expect(newer.link.closed).toEqual([]);
    await wait(4000);
    expect(newer.link.closed).toMatchObject([{ code: 1013 }]);
  });

  it('ends a capture that cannot be written, tells the client, and keeps what is durable', async () => {
    const { connect, files, wait, records, story, stored } = setUp();
    const { link, send } = connect();
    send(noise(640));
    await wait(25);
    files.failure = new Error('ENOSPC');
    send(noise(640));
    await wait(25);
    expect(link.sent.at(-1)).toMatchObject({ error: 'storage_unavailable', code: 1013 });
    expect(link.closed).toMatchObject([{ code: 1013 }]);
    expect(stored()).toHaveLength(640);
    expect(records()).toMatchObject([{ state: 'sealed', endReason: 'lost' }]);
    expect(story()).toEqual(['opened', 'sound 0+20', 'away', 'ended 20 lost']);
    files.failure = null;
    connect().send(noise(640));
    await wait(25);
    expect(records()).toHaveLength(2);
  });

  it('tells the client when the capture cannot be put on record', async () => {
    const { connect, store, wait, events, captures } = setUp();
    store.failure = new Error('disk full');
    const { link, send } = connect();
    send(noise(640));
    await wait(25);
    expect(link.closed).toMatchObject([{ code: 1013 }]);
    expect(events).toEqual([]);
    expect(captures.active()).toEqual([]);
  });

  it('of one device costs the others nothing', async () => {
    const { connect, wait, files, captures } = setUp();
    const first = connect();
    first.send(noise(640));
    await wait(25);
    files.failure = new Error('EIO');
    first.send(noise(640));
    await wait(25);
    files.failure = null;
    const other = connect(phone, bob);
    other.send(noise(640));
    await wait(25);
    expect(other.link.closed).toEqual([]);
    expect(captures.active(bob)).toMatchObject([{ isConnected: true, capture: { state: 'live' } }]);
  });
});

describe('listeners', () => {
  it('that throw, reject or never finish cost nothing and are logged', async () => {
    const faults: string[] = [];
    const { captures, connect, wait, stored, story } = setUp({
      ...silentLog,
      error: (event) => faults.push(event),
    });
    captures.tap(() => {
      throw new Error('broken listener');
    });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what a careless caller might do
    captures.tap(() => Promise.reject(new Error('broken later')));
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what a careless caller might do
    captures.tap(() => new Promise(() => undefined));
    const later: string[] = [];
    captures.tap(({ type }) => later.push(type));
    const { session, send } = connect();
    send(noise(640));
    session.onClose(1000);
    await wait(25);
    expect(stored()).toHaveLength(640);
    expect(story()).toEqual(['opened', 'sound 0+20', 'ended 20 closed']);
    expect(later).toEqual(['opened', 'sound', 'ended']);
    expect(faults).toHaveLength(6);
  });

  it('can leave', async () => {
    const { captures, connect, wait } = setUp();
    let heard = 0;
    const leave = captures.tap(() => (heard += 1));
    const { send } = connect();
    send(noise(640));
    await wait(25);
    leave();
    send(noise(640));
    await wait(25);
    expect(heard).toBe(2);
  });
});

describe('a restart', () => {
  it('tells every client, writes out what it has, and leaves captures away', async () => {
    const { captures, connect, wait, records, stored, store } = setUp();
    const { link, send } = connect();
    send(noise(640, 1));
    await wait(25);
    send(noise(640, 2));
    const drained = captures.drain();
    send(noise(640, 3));
    await drained;
    expect(link.sent.at(-1)).toMatchObject({ error: 'shutting_down', code: 1012 });
    expect(link.closed).toEqual([{ code: 1012, reason: 'Shutting down' }]);
    expect(records()).toMatchObject([{ state: 'away', endReason: null }]);
    expect(stored()).toEqual(Buffer.concat([noise(640, 1), noise(640, 2)]));
    expect([...store.segmentRecords.values()]).toMatchObject([{ byteCount: 1280, isSealed: true }]);
    const late = connect();
    expect(late.link.closed).toMatchObject([{ code: 1012 }]);
    await wait(2 * graceMs);
    expect(records()).toMatchObject([{ state: 'away' }]);
  });

  it('does not wait for a stuck disk longer than 5 s', async () => {
    const { captures, connect, files, wait } = setUp();
    files.hang();
    connect().send(noise(640));
    let isDrained = false;
    void captures.drain().then(() => {
      isDrained = true;
    });
    await wait(4999);
    expect(isDrained).toBe(false);
    await wait(1);
    expect(isDrained).toBe(true);
  });

  it('goes on with a capture whose device comes back, after the sound it had', async () => {
    const { captures, clock, connect, wait, records, story, store } = setUp();
    const capture = liveCapture({ startedAt: clock.now() - 30_000 });
    await store.add(capture);
    captures.resume([{ capture, endMs: 10_000.0625, nextIndex: 1, lastSeq: null }]);
    await wait(graceMs - 1);
    expect(captures.active()).toMatchObject([{ deviceName: 'phone', isConnected: false }]);
    const { send } = connect();
    await turns();
    send(noise(640));
    await wait(25);
    expect(story()).toEqual(['away', 'back', 'gap 10000.0625-89999', 'sound 89999+20']);
    expect(records()).toMatchObject([{ id: capture.id, state: 'live' }]);
    expect([...store.segmentRecords.keys()]).toEqual([`${capture.id}/1`]);
  });

  it('ends a capture whose device stays away, when it was lost', async () => {
    const { captures, clock, wait, records, store, story } = setUp();
    const capture = liveCapture({ startedAt: clock.now() - 30_000 });
    await store.add(capture);
    captures.resume([{ capture, endMs: 10_000, nextIndex: 1, lastSeq: null }]);
    await wait(graceMs);
    expect(story()).toEqual(['away', 'ended 10000 lost']);
    expect(records()).toMatchObject([
      { state: 'sealed', endedAt: capture.startedAt + 10_000, endReason: 'lost' },
    ]);
  });

  it('seals a capture that had ended, tells its end again, and never adds to it', async () => {
    const { captures, connect, wait, records, store, story } = setUp();
    const ended = liveCapture({ state: 'ended', endedAt: 5, endReason: 'stop' });
    await store.add(ended);
    captures.resume([{ capture: ended, endMs: 20, nextIndex: 1, lastSeq: null }]);
    await turns();
    connect().send(noise(640));
    await wait(25);
    expect(records()).toMatchObject([{ state: 'sealed', endedAt: 5 }, { state: 'live' }]);
    expect(story()).toEqual(['ended 20 stop', 'opened', 'sound 0+20']);
  });

  it('keeps only the newest of several captures of a device waiting', async () => {
    const { captures, wait, records, store } = setUp();
    const older = liveCapture({ id: captureId('1'), startedAt: 1000 });
    const newer = liveCapture({ id: captureId('2'), startedAt: 2000 });
    await store.add(older);
    await store.add(newer);
    captures.resume([
      { capture: newer, endMs: 20, nextIndex: 1, lastSeq: null },
      { capture: older, endMs: 20, nextIndex: 1, lastSeq: null },
    ]);
    await wait(0);
    expect(records()).toMatchObject([{ state: 'sealed', endReason: 'lost' }, { state: 'away' }]);
    expect(captures.active()).toMatchObject([{ capture: { id: newer.id } }]);
  });
});
