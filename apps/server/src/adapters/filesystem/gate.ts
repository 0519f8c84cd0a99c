/** Lets a limited number of tasks run at once; the others wait their turn, first come first served. */
export type Gate = <Result>(task: () => Promise<Result>) => Promise<Result>;

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running >= limit) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) {
        next(); // takes over this one's place
      } else {
        running -= 1;
      }
    }
  };
}
