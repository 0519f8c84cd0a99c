import { join } from 'node:path';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import type { SegmentRef } from '../../capture/index.ts';

const maxIndex = 999_999;

/**
 * `<dataDir>/audio/<userId>/<captureId>/<index, 6 digits>.<extension>`. Ids are checked, so that no path
 * leaves the directory.
 */
export function segmentPath(
  dataDir: string,
  { userId, captureId, index }: SegmentRef,
  extension: 'wav' | 'ogg' | 'flac' | 'seq',
): string {
  if (!Number.isInteger(index) || index < 0 || index > maxIndex) {
    throw new RangeError(`segment index ${index} is not within 0..${maxIndex}`);
  }
  return join(
    dataDir,
    'audio',
    userIdSchema.parse(userId),
    captureIdSchema.parse(captureId),
    `${String(index).padStart(6, '0')}.${extension}`,
  );
}
