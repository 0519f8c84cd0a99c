import type { App } from './fastify.ts';

/** Which methods a path answers to, so that a wrong one is told so (405) and not that nothing is there. */
export interface RouteTable {
  /** The methods of the routes that match the path of `url`; none when nothing of ours is there. */
  methodsFor(url: string): readonly string[];
}

/** The route that serves the dashboard's pages matches every path, and so says nothing about one. */
export const anyPath = '/*';

/** Watches the routes that are registered from now on. */
export function watchRoutes(app: App): RouteTable {
  const methods = new Map<string, Set<string>>();

  app.addHook('onRoute', (route) => {
    if (route.url === anyPath) return;
    const known = methods.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) known.add(method);
    methods.set(route.url, known);
  });

  return {
    methodsFor(url) {
      const path = url.split('?', 1)[0] ?? url;
      const found = [...methods].filter(([pattern]) => matches(pattern, path));
      return [...new Set(found.flatMap(([, names]) => [...names]))].sort();
    },
  };
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const actual = path.split('/');
  return (
    expected.every(
      (part, index) =>
        part === '*' || (part.startsWith(':') ? actual[index] : part === actual[index]),
    ) &&
    (expected.at(-1) === '*' || expected.length === actual.length)
  );
}
