import { errorPage, type Reply } from '../http-service/index.ts';
import type { AudioUploadFault } from './faults.ts';

/** What a fault makes of an answer with a transcript. */
export function spoilt(reply: Reply, { body, contentType }: AudioUploadFault): Reply {
  const bodies = {
    'cut-json': reply.body.slice(0, reply.body.length / 2),
    html: errorPage,
    'wrong-shape': JSON.stringify({ text: 7, segments: 'none' }),
  };
  return {
    ...reply,
    ...(contentType !== undefined && { contentType }),
    ...(body && { body: bodies[body] }),
  };
}
