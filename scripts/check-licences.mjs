#!/usr/bin/env node
/**
 * Checks that every package we use has a licence that lets anybody use, change and pass on Friend-Lite:
 * permissive ones only in what is shipped, and a little more in tools. Prints those that have not.
 */
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { readJson, readTextOrNull, root } from './lib/tree.mjs';

const permissive = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
  'Zlib',
  // For fonts: they may be shipped with any program, under their own licence.
  'OFL-1.1',
  // For data: asks for attribution, which their packages carry.
  'CC-BY-3.0',
  'CC-BY-4.0',
];

/** Tools that may have another licence, as they are run and never shipped. */
const toolExceptions = [
  {
    package: /^lightningcss(-|$)/,
    licence: 'MPL-2.0',
    reason: 'vite minifies CSS with it, unchanged',
  },
];

/** Whether an SPDX expression can be met with the licences of `allowed`. */
export function isMet(expression, allowed) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const or = () => {
    let value = and();
    while (tokens[0] === 'OR') {
      tokens.shift();
      const right = and();
      value ||= right;
    }
    return value;
  };
  const and = () => {
    let value = one();
    while (tokens[0] === 'AND') {
      tokens.shift();
      const right = one();
      value &&= right;
    }
    return value;
  };
  const one = () => {
    const token = tokens.shift();
    if (token !== '(') return allowed.includes(token);
    const value = or();
    tokens.shift();
    return value;
  };
  return or() && tokens.length === 0;
}

/** The packages of a lock file, with the licence that the installed package names. */
function packagesOf(lockFolder) {
  return Object.entries(readJson(join(lockFolder, 'package-lock.json')).packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
    .map(([path, { version, license, dev }]) => {
      const manifest = readTextOrNull(join(lockFolder, path, 'package.json'));
      const licence = manifest === null ? license : licenceOf(JSON.parse(manifest));
      return { name: path.split('node_modules/').at(-1), version, licence, isTool: dev === true };
    });
}

/** Old packages hold an object, or a list of them. */
function licenceOf({ license, licenses }) {
  const named = [license ?? licenses ?? []].flat().map((entry) => entry.type ?? entry);
  return named.length > 0 ? named.join(' OR ') : 'none named';
}

function isAllowed({ name, licence, isTool }) {
  const exceptions = toolExceptions.filter((exception) => isTool && exception.package.test(name));
  return isMet(licence, [...permissive, ...exceptions.map((exception) => exception.licence)]);
}

function main() {
  const packages = packagesOf(root);
  const offenders = packages.filter((entry) => !isAllowed(entry));
  for (const { name, version, licence, isTool } of offenders) {
    console.error(`${name}@${version} (${isTool ? 'tool' : 'shipped'}): ${licence}`);
  }
  const shippedCount = packages.filter(({ isTool }) => !isTool).length;
  console.log(
    `${shippedCount} shipped packages and ${packages.length - shippedCount} tools: ${offenders.length} with a licence that is not allowed`,
  );
  return offenders.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main();
