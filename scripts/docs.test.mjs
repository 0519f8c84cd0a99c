import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorRegistry } from '../packages/contract/src/errors.ts';
import { filesBelow, readJson, root } from './lib/tree.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const plain = (markdown) => markdown.replaceAll(/ +/g, ' ');

describe('the docs', () => {
  it('explain every setting of the server', () => {
    const source = read('apps/server/src/config/config.ts');
    const names = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const path of ['docs/configuration.md', '.env.example']) {
      expect(names.filter((name) => !read(path).includes(name))).toEqual([]);
    }
  });

  it('list every error as the registry has it', () => {
    const text = plain(read('docs/api.md'));
    const missing = Object.entries(errorRegistry).filter(
      ([code, { status, closeCode = '', retryable, template }]) =>
        !text.includes(
          plain(
            `| \`${code}\` | ${status} | ${closeCode} | ${retryable ? 'yes' : 'no'} | ${template} |`,
          ),
        ),
    );
    expect(missing).toEqual([]);
  });

  it('give a reason for every dependency', () => {
    const text = read('docs/dependencies.md');
    const manifests = ['.', ...['apps', 'packages'].flatMap((group) => folders(group))];
    const names = manifests.flatMap((folder) => {
      const manifest = readJson(join(root, folder, 'package.json'));
      return Object.keys({
        ...manifest.dependencies,
        ...manifest.optionalDependencies,
        ...manifest.devDependencies,
      });
    });
    const isNamed = (name) => /^@(types|friend-lite)\//.test(name) || text.includes(`\`${name}\``);
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  it('point at files that are there', () => {
    const pages = filesBelow(root, (path) =>
      path.endsWith('/')
        ? !/(^|\/)(node_modules|dist|data|\.git)\/$/.test(path)
        : path.endsWith('.md'),
    );
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
        .map(([, target]) => join(page, '..', target))
        .filter((target) => !existsSync(target)),
    );
    expect(broken).toEqual([]);
  });
});

function folders(group) {
  return readdirSync(join(root, group)).map((name) => join(group, name));
}
