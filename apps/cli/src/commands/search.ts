import type { MemoryBody } from '@friend-lite/contract';
import type { Session } from '../session.ts';

/** Prints the memories that fit `query`, best first, each with the page of its conversation. */
export async function search(
  session: Session,
  options: {
    readonly server: string;
    readonly query: string;
    readonly limit: number;
    readonly signal: AbortSignal;
    readonly print: (line: string) => void;
  },
): Promise<void> {
  const { server, query, limit, signal, print } = options;
  const { results } = await session.client.searchMemories({ query, limit }, { signal });
  if (results.length === 0) print('Nothing found.');
  for (const memory of results) print(describe(memory, server));
}

function describe(memory: MemoryBody, server: string): string {
  const { provenance } = memory;
  return [
    memory.memory,
    `  ${localTime(provenance.started_at)}  ${memory.kind}`,
    `  ${server}/conversations/${memory.conversation_id}`,
  ].join('\n');
}

function localTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}
