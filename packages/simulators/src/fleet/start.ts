import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FleetCommand, FleetMessage, FleetPlan } from './spec.ts';
import type { DeviceTruth } from './truth.ts';

/** A running fleet, in a process of its own. */
export interface Fleet {
  readonly pid: number;
  /** Resolves when all devices have begun. */
  readonly running: Promise<void>;
  /** Ends all recordings in order. Resolves with what each device did, by its number, and what the fleet took of the CPU. */
  stop(): Promise<FleetOutcome>;
  /** Ends the process at once; nothing when it has ended. */
  kill(): void;
}

export interface FleetOutcome {
  readonly truths: ReadonlyMap<number, DeviceTruth>;
  readonly cpuMs: number;
}

const mainPath = fileURLToPath(new URL('main.ts', import.meta.url));

/** Starts the devices of a plan. @throws from `running` and `stop` when the process ends before its time. */
export function startFleet(plan: FleetPlan): Fleet {
  const child = spawn(process.execPath, [mainPath], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.pid === undefined) throw new Error('the fleet did not start');
  const truths = new Map<number, DeviceTruth>();
  const running = Promise.withResolvers<undefined>();
  const done = Promise.withResolvers<number>();
  running.promise.catch(() => undefined);
  done.promise.catch(() => undefined);
  child.once('close', (code) => {
    const error = new Error(`the fleet exited with ${String(code)}`);
    running.reject(error);
    done.reject(error);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as FleetMessage;
    if (message.type === 'running') running.resolve(undefined);
    else if (message.type === 'done') done.resolve(message.cpuMs);
    else truths.set(message.truth.device, message.truth);
  });
  const say = (command: FleetCommand): void => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
  };
  child.stdin.on('error', () => undefined);
  say({ type: 'run', plan });
  return {
    pid: child.pid,
    running: running.promise,
    async stop() {
      say({ type: 'stop' });
      return { cpuMs: await done.promise, truths };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
