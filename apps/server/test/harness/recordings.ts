import { join } from 'node:path';
import type { DeviceTruth, Findings } from '@friend-lite/simulators';
import { checkOpus, checkPcm } from '@friend-lite/simulators';
import Database from 'better-sqlite3';
import { splitOggPages } from '../../src/audio/index.ts';

export interface StoredCapture {
  readonly id: string;
  readonly clientId: string;
  readonly encoding: string;
  readonly state: string;
  /** What is missing in it, ms of capture time, in order. */
  readonly gaps: readonly { readonly startMs: number; readonly endMs: number }[];
}

type Gap = StoredCapture['gaps'][number];

interface SegmentRow {
  readonly captureId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly gaps: string;
}

/** What the records of a running server say of its captures, oldest first. */
export function storedCaptures(dataDir: string): readonly StoredCapture[] {
  using database = openRecords(dataDir);
  const captures = database.connection
    .prepare<[], Omit<StoredCapture, 'gaps'>>(
      'SELECT id, client_id AS clientId, encoding, state FROM captures ORDER BY started_at',
    )
    .all();
  const segments = database.connection
    .prepare<[], SegmentRow>(
      `SELECT capture_id AS captureId, start_ms AS startMs, duration_ms AS durationMs, gaps
       FROM segments ORDER BY capture_id, segment_index`,
    )
    .all();
  const byCapture = Map.groupBy(segments, ({ captureId }) => captureId);
  return captures.map((capture) => ({ ...capture, gaps: gapsOf(byCapture.get(capture.id) ?? []) }));
}

/** How far two lists of gaps differ at most, ms, in where they begin and in how long they are; Infinity: not as many. */
export function gapsOffMs(known: readonly Gap[], listed: readonly Gap[]): number {
  if (known.length !== listed.length) return Infinity;
  return Math.max(
    0,
    ...known.map(({ startMs, endMs: knownEndMs }, index) => {
      const { startMs: from, endMs: to } = listed[index] ?? { startMs: 0, endMs: 0 };
      return Math.max(Math.abs(from - startMs), Math.abs(to - from - (knownEndMs - startMs)));
    }),
  );
}

/** How many rows there are of each. */
export function rowCounts<Table extends string>(
  dataDir: string,
  tables: readonly Table[],
): Readonly<Record<Table, number>> {
  using database = openRecords(dataDir);
  const count = (table: Table): number =>
    database.connection
      .prepare<[], { readonly rows: number }>(`SELECT count(*) AS rows FROM ${table}`)
      .get()?.rows ?? 0;
  return Object.fromEntries(tables.map((table) => [table, count(table)])) as Record<Table, number>;
}

/** How far the search for speech is behind the sound of each capture that is live, ms, in ascending order. */
export function searchLagsMs(dataDir: string): readonly number[] {
  using database = openRecords(dataDir);
  return database.connection
    .prepare<[number], { readonly lagMs: number }>(
      `SELECT ? - started_at - coalesce(analyzed_ms, 0) AS lagMs
       FROM captures LEFT JOIN speech_progress ON capture_id = id
       WHERE state = 'live' ORDER BY lagMs`,
    )
    .all(Date.now())
    .map(({ lagMs }) => lagMs);
}

/** Between segments, and within them. */
function gapsOf(segments: readonly SegmentRow[]): StoredCapture['gaps'] {
  const gaps: { startMs: number; endMs: number }[] = [];
  let endMs = 0;
  for (const { startMs, durationMs, gaps: within } of segments) {
    if (startMs - endMs >= 1) gaps.push({ startMs: endMs, endMs: startMs });
    gaps.push(...(JSON.parse(within) as typeof gaps));
    endMs = startMs + durationMs;
  }
  return gaps;
}

function openRecords(dataDir: string): Disposable & { readonly connection: Database.Database } {
  const connection = new Database(join(dataDir, 'friend-lite.db'), { readonly: true });
  return { connection, [Symbol.dispose]: () => void connection.close() };
}

/** Downloads a capture of the fleet and compares it with what its device knows. */
export async function checkCapture(
  server: { readonly url: string; readonly token: string },
  capture: Pick<StoredCapture, 'id' | 'encoding'>,
  truth: DeviceTruth,
  pool: readonly Uint8Array[],
): Promise<Findings> {
  const answer = await fetch(`${server.url}/api/captures/${capture.id}/audio`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  if (!answer.ok) throw new Error(`capture ${capture.id}: ${answer.status}`);
  const file = new Uint8Array(await answer.arrayBuffer());
  if (capture.encoding !== 'opus') return checkPcm(file.subarray(wavHeaderBytes), truth);
  const splitter = splitOggPages();
  const pages = [...splitter.push(file), ...splitter.end()];
  const packets = pages.flatMap((page) => (page.hasSound ? page.packets : []));
  return checkOpus(packets, pool, truth);
}

const wavHeaderBytes = 44;
