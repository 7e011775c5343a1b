// What the rules of `cluster.supervise()` are told, and what they say. All times are in ms, of whatever clock `apply` is given.

export interface Options {
  /** How many slots, 1 or more. */
  workers: number;
  /** How many processes beside those, 1 or more: replacements that start, and workers that go. */
  surge: number;
  /** Within this time after its START a worker has to be ready. */
  readyTimeout: number;
  /** If a worker was ready for so long, the failures before it are forgotten. */
  minUptime: number;
  /** The first wait, which the second failure brings. */
  backoff: number;
  /** The longest wait, before jitter. */
  maxBackoff: number;
  /** How often one slot may fail while no worker was ever ready. */
  bootAttempts: number;
}

/** A fact. One about a worker that is gone, or was told to go, changes nothing. */
export type Input =
  /** The oldest START of this slot that has no worker yet has this one. */
  | { type: 'started'; slot: number; worker: number }
  /** That START could not be carried out: there is no process. */
  | { type: 'failed'; slot: number }
  | { type: 'ready'; worker: number }
  /** Its process has ended. `asked`: the program told it to. */
  | { type: 'exited'; worker: number; code: number | null; signal: string | null; asked: boolean }
  | { type: 'hung'; worker: number }
  /** It is over a limit, which is the reason. */
  | { type: 'replace'; worker: number; reason: string }
  /** `rollback`: if it fails, the former generation comes back. */
  | { type: 'reload'; rollback?: boolean }
  /** The reload that runs shall end as if it had failed or, with `next`, the one that waits for it shall not begin. */
  | { type: 'abort'; next: boolean }
  /** `surge`: a share of the workers is another number now. */
  | { type: 'scale'; workers: number; surge?: number }
  | { type: 'stop'; now?: boolean }
  /** Only time has passed. */
  | { type: 'time' };

/** How a worker has failed. Of a reload that `stop` or `abort` has ended only the reason is known. */
export interface Failure {
  reason: 'crash' | 'exit' | 'timeout' | 'hang' | 'fork' | 'stop' | 'abort';
  slot?: number;
  worker?: number;
  code?: number | null;
  signal?: string | null;
}

/** An order, in capitals, or a report. */
export type Output =
  | { type: 'START'; slot: number; generation: number; reason: string }
  | { type: 'DRAIN' | 'KILL'; worker: number; reason: string }
  /** All slots are ready, for the first time. */
  | { type: 'ready' }
  | { type: 'reloading'; generation: number }
  /** All slots have the new generation, and no worker of a former one is alive. */
  | { type: 'reloaded'; generation: number; replaced: number }
  /** A worker of the new generation failed before it was ready for `minUptime`. The others go on. */
  | ({ type: 'reloadFailed'; generation: number } & Failure)
  /** All slots are ready, and no worker of a former slot is alive. */
  | { type: 'scaled'; workers: number }
  /** The program does not come up. All is stopped. */
  | ({ type: 'crashLoop' } & Failure)
  | { type: 'stopped' };

/** A worker, or a slot that has none. */
export interface Row {
  slot: number;
  worker: number | undefined;
  state: 'empty' | 'starting' | 'ready' | 'draining' | 'backoff';
  generation: number | undefined;
  /** How many workers were started in this slot after its first one. */
  restarts: number;
  /** When it came to this state. */
  since: number;
}

export interface Status {
  state: 'starting' | 'ready' | 'reloading' | 'degraded' | 'stopping' | 'stopped';
  /** Of the workers that start from now on. */
  generation: number;
  /** How many slots there shall be. */
  wanted: number;
  workers: Row[];
}
