/**
 * A Wyoming server that hears with PocketSphinx, for people:
 * `node packages/simulators/src/wyoming/main.ts --port 10300`
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isInstalled } from '../programs.ts';
import { pocketSphinxProgram, pocketSphinxRecogniser } from './pocketsphinx.ts';
import { startWyomingServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '10300' },
    host: { type: 'string', default: '127.0.0.1' },
  },
});
if (!isInstalled(pocketSphinxProgram)) {
  process.stderr.write(
    'PocketSphinx is missing: apt-get install pocketsphinx pocketsphinx-en-us\n',
  );
  process.exit(1);
}
const server = await startWyomingServer({
  recognise: pocketSphinxRecogniser(),
  model: 'pocketsphinx-en-us',
  port: Number(values.port),
  host: values.host,
});
process.stdout.write(`Wyoming recogniser (PocketSphinx) at ${server.uri}; Ctrl+C ends it\n`);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => void server.close());
}
