import type { Client } from '@friend-lite/client';
import type { CaptureCheckLine } from '@friend-lite/contract';

type Fault = Extract<CaptureCheckLine, { type: 'fault' }>;

const sentences: Readonly<Record<Fault['fault'], string>> = {
  missing: 'the file is missing',
  'left-over': 'its sound was removed, but a file is still there',
  size: 'the file is not as large as its record says',
  duration: 'the sound is not as long as its record says',
  header: 'the header of the file does not fit its sound',
  damaged: 'the file is damaged',
};

/**
 * Has the server check every recording; prints a line for each fault, and what it comes to. Works while the
 * server records. Returns whether everything is whole.
 */
export async function checkRecordings(
  client: Pick<Client, 'checkCaptures'>,
  {
    signal,
    print,
    onProgress,
  }: {
    readonly signal: AbortSignal;
    readonly print: (line: string) => void;
    readonly onProgress?: (segments: number) => void;
  },
): Promise<boolean> {
  for await (const line of client.checkCaptures({ signal })) {
    switch (line.type) {
      case 'fault':
        print(
          `✗ user ${line.user_id} capture ${line.capture_id} segment ${line.segment}: ` +
            sentences[line.fault],
        );
        break;
      case 'progress':
        onProgress?.(line.segments);
        break;
      case 'done':
        print(
          `${line.captures} recordings, ${line.segments} segments checked: ` +
            (line.faults === 0 ? 'all are whole.' : `${line.faults} faults.`),
        );
        return line.faults === 0;
    }
  }
  return false;
}
