import { afterEach, beforeEach, describe } from 'vitest';

/** A store under test, and how to let go of what holds it. */
export interface Subject<Store> {
  readonly store: Store;
  readonly dispose: () => Promise<void> | void;
}

/** Runs `tests` with a fresh, empty store before each; `store()` is the one of the running test. */
export function describeStore<Store>(
  name: string,
  makeStore: () => Promise<Subject<Store>> | Subject<Store>,
  tests: (store: () => Store) => void,
): void {
  describe(name, () => {
    let subject: Subject<Store>;
    beforeEach(async () => {
      subject = await makeStore();
    });
    afterEach(() => subject.dispose());
    tests(() => subject.store);
  });
}
