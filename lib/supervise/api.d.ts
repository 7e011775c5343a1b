/** The types of `cluster.supervise()`. `index.d.ts` gives them to programs. */

import type cluster = require('../..');
import { Emitter } from '../emitter';

/**
 * The options of `cluster.supervise()`. Times are in ms. Each option also has an environment variable: that of
 * `maxMemory` is RS_CLUSTER_MAX_MEMORY. A variable may have a unit: `500ms`, `30s`, `5m`, `12h`; `512K`, `512M`, `2G`.
 */
export interface SuperviseOptions {
  /**
   * How many workers. 'auto' is one for each processor that this process may use. Default: the environment variable
   * RS_CLUSTER_WORKERS or WEB_CONCURRENCY, or 'auto'.
   */
  workers?: number | 'auto' | undefined;
  /**
   * How many processes there may be beside the workers: replacements that start, and workers that drain. An integer
   * of 1 or more, or a share of the workers from '1%' to '100%'. Default: 1.
   */
  surge?: number | `${number}%` | undefined;
  /**
   * When a worker is ready: when its first server listens, or when it calls `cluster.worker.ready()` (or
   * `process.send('ready')`, as for pm2). Default: 'listening'.
   */
  readyWhen?: 'listening' | 'ready' | undefined;
  /** A worker that is not ready after this time is killed. Default: 60000. */
  readyTimeout?: number | undefined;
  /** See `DrainOptions`. */
  idleGrace?: number | undefined;
  /** The `timeout` of `DrainOptions`. Default: 30000. */
  drainTimeout?: number | undefined;
  /** See `DrainOptions`. Default: 5000. */
  killTimeout?: number | undefined;
  /**
   * So long `stop()` waits before the workers drain. They go on serving, and each response of HTTP/1 says that its connection
   * closes. `/readyz` says 503, so that a balancer chooses another host. Default: 0.
   */
  shutdownDelay?: number | undefined;
  /**
   * When a worker was ready for this time, the former crashes of its slot are forgotten. If it ends earlier, a reload
   * that still runs fails. A reload does not wait for this time. Default: 10000.
   */
  minUptime?: number | undefined;
  /** The first crash of a slot restarts it at once, the second after this time. Each further wait is twice as long. Default: 100. */
  backoff?: number | undefined;
  /** The longest wait. All waits are longer or shorter by up to 20 %. Default: 15000. */
  maxBackoff?: number | undefined;
  /** How often a slot may fail while no worker was ever ready. Then `supervisor.ready` is rejected. Default: 3. */
  bootAttempts?: number | undefined;
  /** A worker whose event loop does not turn for this time is killed and replaced. 0 means no limit. Default: 60000. */
  hangTimeout?: number | undefined;
  /** A worker that has more resident memory, in bytes, is replaced. 0 means no limit. Default: 0. */
  maxMemory?: number | undefined;
  /** A worker that was ready for this time, less up to 20 %, is replaced. 0 means no limit. Default: 0. */
  maxLifetime?: number | undefined;
  /** A worker that has served so many requests of HTTP, less up to 20 %, is replaced. 0 means no limit. Default: 0. */
  maxRequests?: number | undefined;
  /**
   * Whether signals to the primary have a meaning: SIGTERM and SIGINT stop, a second one stops at once; SIGHUP reloads;
   * SIGTTIN and SIGTTOU change the number of workers by one. Workers then ignore SIGTERM and SIGINT. Default: false.
   */
  signals?: boolean | undefined;
  /** Whether systemd is told what happens, if NOTIFY_SOCKET is set. Default: false. */
  notify?: boolean | undefined;
  /** An address, e.g. '127.0.0.1:9464', where /livez, /readyz, /status and /metrics are served. Default: false. */
  admin?: string | false | undefined;
  /** The path of a unix socket that serves the same, and takes the orders of the command `rs-cluster`. Default: false. */
  control?: string | false | undefined;
  /**
   * Whether `metrics()` also has the metrics of the program: those of prom-client's default registry in each worker. A
   * registry means true. Default: false.
   */
  registry?: boolean | { getMetricsAsJSON(): Promise<object[]> } | undefined;
}

export interface ReloadOptions {
  /** Changes `cluster.settings` for the new workers. If the reload fails, the former settings come back. */
  settings?: cluster.ClusterSettings | undefined;
  /** Ends the reload, as if a worker had failed. */
  signal?: AbortSignal | undefined;
}

export interface ReloadResult {
  /** Of the workers: 1 at first, and one more with each reload. */
  generation: number;
  /** How many workers were replaced. */
  replaced: number;
  /** How many of those had to be ended by a signal. */
  killed: number;
  /** How long it took. */
  ms: number;
}

/** ERR_RS_CLUSTER_RELOAD and ERR_RS_CLUSTER_CRASH_LOOP: how a worker has failed. */
export interface SupervisorError extends Error {
  code: 'ERR_RS_CLUSTER_RELOAD' | 'ERR_RS_CLUSTER_CRASH_LOOP';
  slot: number;
  /** Null if the process was ended by a signal, or has not ended by itself. */
  exitCode: number | null;
  signal: string | null;
  /** Whether it was not ready within `readyTimeout`. */
  timedOut: boolean;
  /** The last lines that it wrote to its standard error. If that is a terminal or a file: its uncaught error. */
  stderr: string;
}

export type SupervisorState = 'starting' | 'ready' | 'reloading' | 'degraded' | 'stopping' | 'stopped';

export interface SupervisorStatus {
  state: SupervisorState;
  /** Of the workers that start from now on. A reload that fails also counts. */
  generation: number;
  /** Of the primary. */
  pid: number;
  /** See `Stats`. */
  accepted: number;
  queued: number;
  /** How many workers there shall be. */
  wanted: number;
  /** A row for each worker, and one for each slot that has none. A slot has two rows while its worker is replaced. */
  workers: SupervisorRow[];
}

export interface SupervisorRow {
  slot: number;
  /** `worker.id`; undefined if the slot has no worker. */
  id: number | undefined;
  pid: number | undefined;
  state: 'empty' | 'starting' | 'ready' | 'draining' | 'backoff';
  generation: number | undefined;
  /** How many ms ago the worker was forked. */
  uptime: number;
  /** How many more workers than one this slot has had, also those that failed. All rows of a slot have the same figure. */
  restarts: number;
  /** How the last worker of this slot has ended: 'exit code 1' or 'signal SIGKILL'. */
  lastExit: string | undefined;
  /** See `WorkerStats`. */
  claimed: number;
  open: number;
  utilization: number;
  blocked: number;
  /** Resident memory, in bytes. */
  rss: number;
}

/** The events of a Supervisor, with their arguments. */
export interface SupervisorEventMap {
  /** All slots have a worker that is ready, for the first time. */
  ready: [];
  /** A worker has another state. `reason`: why, e.g. 'start', 'crash', 'reload', 'memory'; for 'gone', how it has ended. */
  worker: [
    worker: cluster.Worker,
    state: 'starting' | 'ready' | 'draining' | 'killed' | 'gone',
    reason: string,
  ];
  reloading: [generation: number];
  /** A reload has succeeded. */
  reload: [result: ReloadResult];
  /** A reload has failed. Its error is a SupervisorError if a worker has failed. If there is no listener, this is a process warning. */
  reloadFailed: [error: Error & Partial<SupervisorError>];
  /** `stop()` was called, or no worker became ready. */
  stopping: [];
  /** The control socket or the admin address cannot be opened. The workers go on. */
  error: [error: Error];
  /** All workers are gone. */
  stop: [result: { killed: number }];
}

/** It starts the workers, and keeps them running. Nothing of it waits for a worker that is blocked. */
export interface Supervisor extends Emitter<SupervisorEventMap> {
  /**
   * 'degraded': a slot that should serve does not, or workers are of different generations, because a reload has
   * failed.
   */
  readonly state: SupervisorState;

  /**
   * Fulfilled when all slots are ready. Rejected with ERR_RS_CLUSTER_CRASH_LOOP if no worker ever becomes ready; that
   * ends the process, unless it is handled. Rejected with ERR_RS_CLUSTER_STOPPED if the supervisor stops before.
   */
  readonly ready: Promise<void>;

  /**
   * Replaces all workers, so that they run the program as it is now, without losing a request. The first replacement
   * has to be ready before the next one starts. If one fails, the reload stops, and the workers that were not replaced
   * go on. Calls while a reload runs share the next one.
   *
   * @returns a Promise. It is rejected with ERR_RS_CLUSTER_RELOAD, ERR_RS_CLUSTER_STOPPED or an AbortError. That is no
   *   error of the process, also if nobody handles it
   * @throws ERR_INVALID_ARG_TYPE
   */
  reload(options?: ReloadOptions): Promise<ReloadResult>;

  /**
   * Changes the number of workers. Those of the highest slots leave.
   *
   * @returns a Promise that is fulfilled when all slots are ready, and the other workers are gone
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
   */
  scale(workers: number | 'auto'): Promise<void>;

  /**
   * Drains all workers at once. A second call may ask for `now`.
   *
   * @param options with `now: true` all workers are killed
   * @returns a Promise with the number of workers that had to be ended by a signal, when all are gone
   */
  stop(options?: { now?: boolean | undefined }): Promise<{ killed: number }>;

  status(): SupervisorStatus;

  /**
   * Metrics in Prometheus' text format 0.0.4. The label `worker` is the slot. Counters never fall: those of workers that are
   * gone stay in their slot. No worker is asked. Only with the option `registry` they are, and have a second to answer.
   *
   * @returns a Promise that is never rejected
   */
  metrics(): Promise<string>;
}
