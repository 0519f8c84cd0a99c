import { parseArgs } from 'node:util';
import { walk } from '../apps/server/test/harness/walk.ts';

/** `npm run walk [-- --speed N]`: the main job from end to end, shown step by step. */

const { values } = parseArgs({ options: { speed: { type: 'string', default: '1' } } });
const speed = Number(values.speed);
if (!(speed > 0 && speed <= 100)) {
  console.error('--speed takes a number from 0.1 to 100');
  process.exit(2);
}

const startedAt = performance.now();
const findings = await walk({
  speed,
  onStep: (step) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    console.log(`${seconds} s  ${step}`);
  },
});
const { conversation } = findings;

console.log('\nWhat was heard');
for (const segment of conversation.segments) {
  console.log(`${segment.start.toFixed(1).padStart(8)} s  ${segment.text}`);
}
console.log('\nWhat is remembered');
for (const memory of findings.memories) console.log(`  ${memory.kind.padEnd(11)} ${memory.memory}`);
console.log(`
Conversations       ${findings.conversationCount} (${conversation.state}, by ${conversation.close_reason ?? '-'})
Sound sent          ${(findings.sentMs / 1000).toFixed(1)} s at speed ${speed}
Finished after      ${(findings.finishedAfterMs / 1000).toFixed(1)} s (the wait for silence included)
Word recall         ${(findings.recall * 100).toFixed(1)} %
Memories            ${findings.memories.length}
Search "${findings.search.name}"      ${findings.search.found ?? 'nothing'}${findings.search.isInSound ? ' (its sound holds the name)' : ''}
Sound as sent       capture ${yes(findings.isCaptureBitEqual)}, conversation ${yes(findings.isConversationBitEqual)}
`);

function yes(isEqual: boolean): string {
  return isEqual ? 'bit-equal' : 'NOT equal';
}
