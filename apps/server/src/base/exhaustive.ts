/** Closes a `switch` over a union: a member left out fails to compile, a foreign value fails at run time. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
