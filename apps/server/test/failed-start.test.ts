import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';

it('says so, and exits with 1, when the port is taken', async () => {
  using directory = temporaryDirectory();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const failure = startServerProcess(directory.path, { PORT: String(port) });
    await expect(failure).rejects.toThrow(/exited with 1:[\s\S]*EADDRINUSE/);
  } finally {
    other.close();
  }
});
