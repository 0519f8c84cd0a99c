import { defineConfig } from 'vitest/config';

/**
 * The tiers of docs/testing.md. `npm test` runs unit, conformance and integration;
 * `.ci/run` adds chaos and e2e.
 */
const tier = (name: string, include: readonly string[], testTimeout: number) => ({
  extends: true as const,
  test: { name, include: [...include], testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    environment: 'node',
    projects: [
      tier(
        'unit',
        ['apps/*/src/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
        10_000,
      ),
      tier('conformance', ['apps/server/conformance/**/*.test.ts'], 20_000),
      tier('integration', ['apps/server/test/*.test.ts', 'apps/cli/test/*.test.ts'], 180_000),
      tier('chaos', ['apps/server/test/chaos/*.test.ts'], 1_800_000),
      tier('e2e', ['apps/{dashboard/e2e,server/test/e2e}/*.test.ts'], 180_000),
    ],
  },
});
