import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countReport } from './count-tests.mjs';
import { root } from './lib/tree.mjs';

const file = (name, status, ...tests) => ({
  name: join(root, name),
  status,
  assertionResults: tests.map(([fullName, testStatus]) => ({ fullName, status: testStatus })),
});

describe('a report', () => {
  it('is counted by what became of each test', () => {
    const report = {
      testResults: [
        file('a.test.ts', 'passed', ['one', 'passed'], ['two', 'skipped'], ['three', 'todo']),
        file('b.test.ts', 'failed', ['four', 'failed'], ['five', 'passed']),
      ],
    };
    expect(countReport(report)).toEqual({
      passed: 2,
      failed: ['b.test.ts: four'],
      skipped: ['a.test.ts: two', 'a.test.ts: three'],
    });
  });

  it('says why a test failed', () => {
    const failed = file('a.test.ts', 'failed', ['one', 'failed']);
    failed.assertionResults[0].failureMessages = [
      'Error: expected 2 to be 1\n    at a.test.ts:3:1',
    ];
    expect(countReport({ testResults: [failed] }).failed).toEqual([
      'a.test.ts: one\n  Error: expected 2 to be 1',
    ]);
  });

  it('counts a file that cannot be loaded as one failure', () => {
    expect(countReport({ testResults: [file('a.test.ts', 'failed')] }).failed).toEqual([
      'a.test.ts (could not be run)',
    ]);
  });
});
