import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { scriptedRecogniser } from './scripted.ts';
import { startWyomingServer, type HeardSpeech, type WyomingServerOptions } from './server.ts';

/** Sends the bytes, ends, and returns everything the server said. */
async function talk(options: Partial<WyomingServerOptions>, said: string): Promise<string> {
  const server = await startWyomingServer({ recognise: scriptedRecogniser(['Grüße']), ...options });
  const socket = connect(server.port, '127.0.0.1');
  socket.end(said);
  let answer = '';
  try {
    for await (const chunk of socket) answer += String(chunk);
  } finally {
    await server.close();
  }
  return answer;
}

const speech =
  '{"type":"transcribe"}\n{"type":"audio-start","data_length":42}\n' +
  '{"rate": 16000, "width": 2, "channels": 1}' +
  '{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":4}\nab\n{' +
  '{"type":"audio-stop"}\n';

describe('the Wyoming simulator', () => {
  it('tells about itself when asked', async () => {
    const answer = await talk({ model: 'tiny' }, '{"type":"describe"}\n');
    expect(answer).toMatch(/^\{"type":"info","version":"1.9.0","data_length":\d+\}\n\{"asr":\[/);
    expect(answer).toContain('"models":[{"name":"tiny"');
  });

  it('gives the recogniser exactly what was said and answers with its text', async () => {
    const heard: HeardSpeech[] = [];
    const recognise = async (each: HeardSpeech) => {
      heard.push(each);
      return 'Grüße';
    };
    const transcript = '{"type":"transcript","version":"1.9.0","data_length":18}\n{"text":"Grüße"}';
    expect(await talk({ recognise }, speech + speech)).toBe(transcript + transcript);
    const expected = { pcm: Buffer.from('ab\n{'), sampleRateHz: 16_000, width: 2, channels: 1 };
    expect(heard).toEqual([expected, expected]);
  });

  it('closes after the transcript, when it is that kind of server', async () => {
    const answer = await talk({ faults: { closesAfterTranscript: true } }, speech + speech);
    expect(answer.match(/transcript/g)).toHaveLength(1);
  });

  it('puts stale values in the header when data stands in both places', async () => {
    const answer = await talk({ faults: { dataStyle: 'both' } }, speech);
    expect(answer).toContain('"data":{"text":null},"data_length":18}\n{"text":"Grüße"}');
  });

  it('sends an error event when the recogniser fails', async () => {
    const recognise = () => Promise.reject(new Error('no model'));
    expect(await talk({ recognise }, speech)).toContain('"type":"error"');
  });

  it('cuts a transcript short', async () => {
    const answer = await talk({ faults: { drops: 'mid-transcript' } }, speech);
    expect(answer).toMatch(/\{"text":"Grüß$/);
  });

  it('closes on what is not Wyoming', async () => {
    expect(await talk({}, 'GET / HTTP/1.1\r\n\r\n')).toBe('');
  });

  it('decides its faults connection by connection, and counts them', async () => {
    const server = await startWyomingServer({
      recognise: scriptedRecogniser([]),
      faults: (connection) => (connection === 0 ? { drops: 'at-connect' } : {}),
    });
    const answers: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const socket = connect(server.port, '127.0.0.1');
      socket.end('{"type":"describe"}\n');
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      answers.push(answer.slice(0, 14));
    }
    expect(answers).toEqual(['', '{"type":"info"']);
    expect(server.connectionCount).toBe(2);
    await server.close();
  });

  it('ends recognisers that still run when it is closed', async () => {
    let isAborted = false;
    const server = await startWyomingServer({
      recognise: (_speech, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            reject(new Error('aborted'));
          });
          void server.close();
        }),
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(speech);
    await new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    expect(isAborted).toBe(true);
  });
});
