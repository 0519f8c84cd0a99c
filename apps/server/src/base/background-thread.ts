import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Still a tenth of a processor beside another program that takes all of it. */
const backgroundNice = 10;

/**
 * Lets every other thread go first where the processors are busy. For a worker thread to call about itself, when its
 * work can be made up for and that of others, such as writing sound to the disk, cannot. Linux only: elsewhere a
 * thread cannot be told apart from its process, and nothing happens.
 */
export function runInBackground(): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(threadId, backgroundNice);
  } catch {
    // No such file: not Linux, or a system that hides it. The work is done all the same.
  }
}
