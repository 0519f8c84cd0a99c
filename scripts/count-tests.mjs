#!/usr/bin/env node
/**
 * Sums vitest's JSON reports: `node scripts/count-tests.mjs <folder of reports>`. Names what was skipped and
 * what failed; the last line is `N passed, N failed`. Exits with 1 when a test failed or none ran.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { readJson, root } from './lib/tree.mjs';

/** @returns what one report holds; a file that could not even be loaded counts as one failed test. */
export function countReport(report) {
  const tests = report.testResults.flatMap((file) => {
    const path = relative(root, file.name);
    const isBroken = file.status === 'failed' && file.assertionResults.length === 0;
    if (isBroken) return [{ name: `${path} (could not be run)`, status: 'failed' }];
    return file.assertionResults.map(({ fullName, status, failureMessages = [] }) => ({
      name: [`${path}: ${fullName}`, ...failureMessages.map(reasonOf)].join('\n  '),
      status,
    }));
  });
  const namesOf = (...statuses) =>
    tests.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  return {
    passed: namesOf('passed').length,
    failed: namesOf('failed'),
    skipped: namesOf('skipped', 'pending', 'todo', 'disabled'),
  };
}

/** What was expected, without where that stands in the code. */
function reasonOf(message) {
  return message.split(/\n\s+at /)[0].slice(0, 300);
}

function main(folder) {
  const counts = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => countReport(readJson(join(folder, name))));
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.flatMap((count) => count.failed);
  const skipped = counts.flatMap((count) => count.skipped);
  for (const name of skipped) console.log(`skipped: ${name}`);
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(process.argv[2] ?? '.');
}
