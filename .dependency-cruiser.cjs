/**
 * The import law of docs/architecture.md, checked by `npm run check:imports`.
 * A floor of apps/server/src knows only the floors below it. Tests are free.
 */
const server = '^apps/server/src';
const floors = [
  ['http', 'adapters'],
  ['pipeline', 'retention'],
  ['memory'],
  ['transcription'],
  ['conversations'],
  ['capture'],
  ['accounts'],
  ['audio', 'jobs', 'health', 'events', 'telemetry', 'config', 'models'],
  ['base'],
];
/** Libraries a domain folder may use: pure ones and what Node.js fetches with; no service's SDK, no engine. */
const pureLibraries = ['zod', 'jose', 'bcrypt', 'compromise', 'chrono-node', 'pino', 'undici'];
const notTest = { pathNot: '\\.test\\.ts$|fake-clock|\\.fake\\.ts$' };

const floorRules = floors.flatMap((rooms, depth) =>
  rooms.map((room) => ({
    name: `floor-${room}`,
    comment: `${room}/ knows only the floors below it`,
    severity: 'error',
    from: { path: `${server}/${room}/`, ...notTest },
    to: {
      path: `${server}/`,
      pathNot: [
        `${server}/${room}/`,
        ...(room === 'audio'
          ? []
          : floors
              .slice(depth + 1)
              .flat()
              .map((lower) => `${server}/${lower}/`)),
      ],
    },
  })),
);

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'index-only',
      comment: 'a folder is used through its index, never past it',
      severity: 'error',
      from: { path: `${server}/([^/]+)/`, pathNot: ['\\.test\\.ts$', `${server}/adapters/`] },
      to: { path: `${server}/[^/]+/`, pathNot: [`${server}/$1/`, `${server}/[^/]+/index\\.ts$`] },
    },
    {
      name: 'index-only-adapters',
      comment: 'an adapter knows ports through the index of their folder, and no other adapter',
      severity: 'error',
      from: { path: `${server}/adapters/([^/]+)/`, pathNot: '\\.test\\.ts$' },
      to: {
        path: `${server}/`,
        pathNot: [`${server}/adapters/$1/`, `${server}/(?!adapters/)[^/]+/index\\.ts$`],
      },
    },
    {
      name: 'adapters-by-compose',
      comment: 'only the composition root, and what it keeps of providers, knows the adapters',
      severity: 'error',
      from: {
        path: `${server}/`,
        pathNot: [`${server}/adapters/`, `${server}/(compose|providers)\\.ts$`, '\\.test\\.ts$'],
      },
      to: { path: `${server}/adapters/` },
    },
    {
      name: 'no-sdk-in-domain',
      comment: 'domain folders use pure libraries only; services and engines live in adapters/',
      severity: 'error',
      from: {
        path: `${server}/(${floors.slice(1).flat().join('|')})/`,
        pathNot: '\\.test\\.ts$',
      },
      to: {
        dependencyTypes: ['npm', 'npm-optional', 'npm-dev'],
        pathNot: `node_modules/(${pureLibraries.join('|')})/`,
      },
    },
    {
      name: 'apps-share-packages-only',
      comment: 'apps never import each other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '/(test|e2e|conformance)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'packages-below-apps',
      comment: 'packages never import apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'fakes-in-tests-only',
      severity: 'error',
      from: { path: `${server}/`, pathNot: '\\.(test|fake)\\.ts$' },
      to: { path: 'fake-clock|\\.fake\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
