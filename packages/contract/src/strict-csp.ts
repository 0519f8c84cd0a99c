import { config } from 'zod';

/**
 * Makes schemas parse without compiling code. For pages whose content security policy forbids `eval`:
 * there the attempt alone is reported as a violation. Call it before the first parse.
 */
export function parseWithoutCompiling(): void {
  config({ jitless: true });
}
