/** A thread that reads conversations, one message each; started by `rules-extractor.ts`. */
import { parentPort } from 'node:worker_threads';
import type { ExtractionInput } from '../extractor.ts';
import { extractByRules } from './extract.ts';

const port = parentPort;
if (!port) throw new Error('runs as a worker thread only');
port.on('message', (input: ExtractionInput) => {
  port.postMessage(extractByRules(input));
});
