/// <reference types="node" />

/**
 * The types of `node:cluster` as `@types/node` has them, assignable to those and from those: a program changes nothing
 * but the name that it imports. All members are there since 0.1.0. What differs from Node stands with each member;
 * what is not said here is as in Node's documentation, https://nodejs.org/api/cluster.html.
 */

import { ChildProcess, MessageOptions, SendHandle, Serializable, StdioOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';

/** An EventEmitter that knows the arguments of its own events, and takes any others. */
interface Emitter<Events extends Record<keyof Events, unknown[]>> extends EventEmitter {
  addListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  prependListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  prependOnceListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  removeListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
}

/**
 * A worker, as the primary sees it (in `cluster.workers`, with every event, from `fork()`: always the same object), and
 * as it sees itself (`cluster.worker`).
 */
declare class Worker {
  /** Called by `cluster.fork()`. It may be called without `new`. */
  constructor(options?: cluster.WorkerOptions);

  /** Its key in `cluster.workers`: 1 for the first worker of a primary, one more for each that follows. */
  id: number;

  /**
   * In the primary a ChildProcess, in a worker the global `process`. It has no `_channel` and no `_handleQueue`, for the
   * IPC channel is rs-cluster's own.
   */
  process: ChildProcess;

  /**
   * Whether it left of its own will, or was asked to: true from `disconnect()` on, and from `kill()` in the worker on;
   * undefined until it has disconnected or exited, and false from then on, if it was not true before.
   */
  exitedAfterDisconnect: boolean;

  /**
   * Sends a message to the other process, where it arrives as 'message'. The first four of a tick leave at once, each
   * by itself; more than those leave together, at the end of the tick, at 64 KiB, or when the process exits.
   *
   * @param message JSON, or, if `settings.serialization` is 'advanced', what `v8.serialize()` takes
   * @param callback gets null when the message has left this process, and an Error if it could not
   * @returns false if 128 KiB or more wait to leave, or if the channel is closed
   * @throws ERR_MISSING_ARGS without a message; ERR_INVALID_ARG_TYPE if it cannot be sent
   */
  send(message: Serializable, callback?: (error: Error | null) => void): boolean;

  /**
   * @param sendHandle goes along with the message. A socket belongs to the other process from then on, and is closed in
   *   this one at once; no acknowledgement is waited for
   * @throws ERR_INVALID_HANDLE_TYPE
   */
  send(message: Serializable, sendHandle: SendHandle, callback?: (error: Error | null) => void): boolean;

  /** @param options `keepOpen: true` leaves a socket open in this process too. Default: false */
  send(
    message: Serializable,
    sendHandle: SendHandle,
    options?: MessageOptions,
    callback?: (error: Error | null) => void,
  ): boolean;

  /** In the primary, sends a signal, 'SIGTERM' by default. In a worker, leaves with code 0. Calls `destroy()`. */
  kill(signal?: string): void;

  /** As `kill()`. */
  destroy(signal?: string): void;

  /**
   * Closes the worker's servers, waits until their connections have ended, and closes the channel; then the worker
   * exits if nothing else holds it. Connections that it has not taken are answered by other workers.
   */
  disconnect(): this;

  /** Whether its channel is open: from `fork()` on until 'disconnect'. */
  isConnected(): boolean;

  /** Whether its process has exited, or was ended by a signal. */
  isDead(): boolean;
}

interface Worker extends Emitter<cluster.WorkerEventMap> {}

type _Worker = Worker;

declare namespace cluster {
  interface Worker extends _Worker {}

  /** What `new Worker()` takes. */
  interface WorkerOptions {
    /** Default: 0. */
    id?: number | undefined;
    /** Its events 'error' and 'message' become the Worker's. */
    process?: ChildProcess | undefined;
    /** Default: 'none'. Then 'online', 'listening', 'disconnected', 'dead'. */
    state?: string | undefined;
  }

  /** The events of a Worker, with their arguments. Each comes before the event of the same name on `cluster`. */
  interface WorkerEventMap {
    /** The channel is closed. Before or after 'exit'. */
    disconnect: [];
    /**
     * The process could not be started or killed, or a message could not be sent. Also, if somebody listens: the
     * worker violated the protocol of its channel, and was disconnected. If nobody does, that is a process warning.
     */
    error: [error: Error];
    /** The process has exited with `code`, or was ended by `signal`; the other one is null. */
    exit: [code: number, signal: string];
    /** A server or socket of the worker listens. In the primary only. */
    listening: [address: Address];
    /** A message of the other process. It has the type that its sender gave it. */
    message: [message: any, handle: SendHandle];
    /** The process runs. In the primary only. */
    online: [];
  }

  /** How workers are made; in part the options of `child_process.fork()`. */
  interface ClusterSettings {
    /** Arguments for Node itself. Default: `process.execArgv`. */
    execArgv?: string[] | undefined;
    /** The worker's script. Default: `process.argv[1]`. */
    exec?: string | undefined;
    /** Arguments for the script. Default: `process.argv.slice(2)`. */
    args?: readonly string[] | undefined;
    /** Whether the worker's output goes to `worker.process.stdout` and `.stderr` instead of the primary's. Default: false. */
    silent?: boolean | undefined;
    /** As in `child_process.spawn()`, with exactly one 'ipc'. Goes before `silent`. */
    stdio?: Exclude<StdioOptions, string> | undefined;
    /** The user to run as. Default: the primary's. */
    uid?: number | undefined;
    /** The group to run as. Default: the primary's. */
    gid?: number | undefined;
    /** The port of the worker's inspector, from 0 to 65535, or what returns it. Default: counted up from the primary's. */
    inspectPort?: number | (() => number) | undefined;
    /** What messages are made of: JSON, or the structured clone of `v8.serialize()`. Default: 'json'. */
    serialization?: 'json' | 'advanced' | undefined;
    /** The worker's working directory. Default: the primary's. */
    cwd?: string | undefined;
    /** Without effect on Linux. */
    windowsHide?: boolean | undefined;
    /**
     * Only rs-cluster. How long a worker may let a connection wait while another has room, in ms, from 0 to 2147483647:
     * then the connection is taken back and the other one answers it. 0: for ever, as in Node. Default: by the
     * environment variable RS_CLUSTER_CLAIM_TIMEOUT, else 5. Counts until the first `fork()`, which throws
     * ERR_OUT_OF_RANGE where it is something else.
     */
    claimTimeout?: number | undefined;
  }

  /**
   * What has become of the connections of `SCHED_RR`, since the first `fork()`. Connections go on while this is read, so
   * the workers' figures may be those of neighbouring moments. Whoever has an answer from a worker finds it counted.
   */
  interface Stats {
    /** How many the primary has accepted. */
    accepted: number;
    /** How many of those are offered to no worker now, because none that listens has room. */
    queued: number;
    /** Each worker's, by its id, for as long as its process is connected. */
    workers: Record<string, WorkerStats>;
  }

  /**
   * What a worker has done with its connections, since it was forked. All but `inFlight` and `open` only grow, and
   * `claimed + refused + revoked + inFlight` is always `offered`.
   */
  interface WorkerStats {
    /** Connections that the primary has offered to it. */
    offered: number;
    /** Of those: claimed. The worker has them. */
    claimed: number;
    /** Of those: refused. Its server was full or closing, or the worker had no descriptor left. */
    refused: number;
    /** Of those: revoked. The worker did not claim them within `claimTimeout`, and another worker had room. */
    revoked: number;
    /** Of those: offered to another worker before, which did not claim them. */
    redispatched: number;
    /** Of those: neither claimed nor refused nor revoked yet. */
    inFlight: number;
    /** How many connections are open in it, as the worker counts them. */
    open: number;
  }

  /** Where a server of a worker listens. */
  interface Address {
    /** An IP address, or the path of a unix socket. */
    address: string;
    /** A TCP or UDP port; -1 for a unix socket. */
    port: number;
    /** IPv4, IPv6, unix socket, or UDP. */
    addressType: 4 | 6 | -1 | 'udp4' | 'udp6';
  }

  /** The events of `cluster` in the primary, with their arguments. */
  interface ClusterEventMap {
    /** A worker's channel is closed. Before or after 'exit'. */
    disconnect: [worker: Worker];
    /** A worker has exited with `code`, or was ended by `signal`; the other one is null. */
    exit: [worker: Worker, code: number, signal: string];
    /** A worker's process was made. In the tick after `fork()`. */
    fork: [worker: Worker];
    /** A server or socket of a worker listens. */
    listening: [worker: Worker, address: Address];
    /** A worker's message. It has the type that its sender gave it. */
    message: [worker: Worker, message: any, handle: SendHandle];
    /** A worker runs. */
    online: [worker: Worker];
    /** `setupPrimary()` was called, by the program or by `fork()`. In the tick after that. */
    setup: [settings: ClusterSettings];
  }

  interface Cluster extends Emitter<ClusterEventMap> {
    Worker: typeof Worker;

    /**
     * Disconnects all workers. In the primary only.
     *
     * @param callback called when all of them are gone
     */
    disconnect(callback?: () => void): void;

    /**
     * Makes a worker. In the primary only. The first call loads the addon, and starts the thread that accepts
     * connections.
     *
     * @param env added to the worker's environment; values become strings
     * @returns a Worker that emits 'error' in the next tick, if the process has no descriptor or no thread for it
     * @throws ERR_RS_CLUSTER_UNSUPPORTED if the addon does not load; what `child_process.fork()` throws; ERR_SOCKET_BAD_PORT
     *   for `settings.inspectPort`
     */
    fork(env?: object): Worker;

    /** As `isPrimary`. Its name before Node 16. */
    readonly isMaster: boolean;

    /** Whether this process is no worker. */
    readonly isPrimary: boolean;

    /** Whether this process was made by `cluster.fork()`. */
    readonly isWorker: boolean;

    /**
     * `SCHED_RR` or `SCHED_NONE`; counts until the first `fork()` or `setupPrimary()`. Default: by the environment variable
     * NODE_CLUSTER_SCHED_POLICY, 'rr' or 'none'; else `SCHED_RR`.
     */
    schedulingPolicy: number;

    /** What the last `setupPrimary()` or `fork()` made of the settings; empty before. Read anew by each `fork()`. */
    readonly settings: ClusterSettings;

    /** As `setupPrimary()`. Its name before Node 16. */
    setupMaster(settings?: ClusterSettings): void;

    /**
     * Changes settings; those that are not given stay as they are. For workers that are forked from then on. In the
     * primary only.
     */
    setupPrimary(settings?: ClusterSettings): void;

    /**
     * Only rs-cluster. What has become of the connections so far. It reads shared memory and waits for no worker and no
     * thread: it takes microseconds while all of them are blocked. In the primary only, and not under `RS_CLUSTER=off`; it is inherited, for own members are Node's.
     */
    readonly stats?: () => Stats;

    /** This worker. In a worker only. */
    readonly worker?: Worker;

    /** All workers that have not both disconnected and exited, by their ids. In the primary only. */
    readonly workers?: NodeJS.Dict<Worker>;

    /** Each worker accepts from a socket that all share: the kernel chooses. */
    readonly SCHED_NONE: number;

    /** A thread of the primary accepts, and the workers take turns. */
    readonly SCHED_RR: number;
  }
}

/**
 * Node's own cluster object, which became rs-cluster when it was first required; or, under `RS_CLUSTER=off`, as Node made
 * it. To require it throws ERR_RS_CLUSTER_UNSUPPORTED where rs-cluster cannot run, and ERR_RS_CLUSTER_TOO_LATE where
 * Node's cluster has workers already.
 */
declare const cluster: cluster.Cluster;

export = cluster;
