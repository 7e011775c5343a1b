/// <reference types="node" />

/**
 * The types of rs-cluster. They are assignable to the types of `node:cluster` in `@types/node`, and those are
 * assignable to them: a program changes only the name that it imports. All members exist since 0.1.0. The comment of a
 * member names each difference from Node. Everything else is as in Node's documentation,
 * https://nodejs.org/api/cluster.html.
 */

import { ChildProcess, MessageOptions, SendHandle, Serializable, StdioOptions } from 'node:child_process';
import { Emitter } from './lib/emitter';
import * as supervise from './lib/supervise/api';

/**
 * A worker. In the primary, `fork()`, `cluster.workers` and every event give the same object for the same worker. In
 * the worker, it is `cluster.worker`.
 */
declare class Worker {
  /** `cluster.fork()` calls it. `new` is optional. */
  constructor(options?: cluster.WorkerOptions);

  /**
   * The key of this worker in `cluster.workers`. The first worker of a primary has 1, the next one has 2, and so on.
   */
  id: number;

  /**
   * In the primary, a ChildProcess. In a worker, the global `process`. It has no `_channel` and no `_handleQueue`,
   * because the IPC channel is rs-cluster's own.
   */
  process: ChildProcess;

  /**
   * Whether the exit is voluntary. It becomes true when `disconnect()` or `drain()` is called, or when the worker itself calls
   * `kill()`. Otherwise it is undefined until the worker has disconnected or exited, and then false.
   */
  exitedAfterDisconnect: boolean;

  /**
   * Sends a message to the other process, which emits 'message'. The first four messages of a tick are written
   * immediately (one, if the previous tick sent more than four). The others are written together: at the end of the
   * tick, at 64 KiB, or when the process exits. A process that is killed during a tick loses those.
   *
   * @param message a value that JSON can represent or, if `settings.serialization` is 'advanced', that `v8.serialize()`
   *   accepts
   * @param callback called with null after the message is written, or with an Error if it cannot be written
   * @returns false if 128 KiB or more are pending, or if the channel is closed
   * @throws ERR_MISSING_ARGS if there is no message; ERR_INVALID_ARG_TYPE if the message cannot be sent
   */
  send(message: Serializable, callback?: (error: Error | null) => void): boolean;

  /**
   * @param sendHandle a server or socket that is sent with the message. A socket then belongs to the other process.
   *   This process closes it immediately, without waiting for an acknowledgement
   * @throws ERR_INVALID_HANDLE_TYPE if the handle cannot be sent
   */
  send(message: Serializable, sendHandle: SendHandle, callback?: (error: Error | null) => void): boolean;

  /** @param options with `keepOpen: true`, a socket stays open in this process too. Default: false */
  send(
    message: Serializable,
    sendHandle: SendHandle,
    options?: MessageOptions,
    callback?: (error: Error | null) => void,
  ): boolean;

  /** In the primary, sends a signal. Default: 'SIGTERM'. In a worker, exits with code 0. It calls `destroy()`. */
  kill(signal?: string): void;

  /** The same as `kill()`. */
  destroy(signal?: string): void;

  /**
   * Closes the worker's servers, waits until their connections have ended, and closes the channel. Then the worker
   * exits, if nothing else keeps it alive. Other workers answer the connections that it has not claimed.
   */
  disconnect(): this;

  /**
   * Takes the worker out of service without losing a request. In the primary only; Node's Worker does not have it.
   *
   * The worker gets no new connection. It emits 'drain', and says `Connection: close` with each response (HTTP/2:
   * GOAWAY). When its connections have ended, it disconnects. Connections that are open at the deadline are closed, one
   * after the other within the last tenth of the time.
   *
   * Start the replacement first, and wait until it listens: a port that no other worker listens on is closed.
   *
   * @returns a Promise that is fulfilled when the process has exited. A second call returns the same Promise
   * @throws ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE if an option is not valid
   */
  drain?(options?: cluster.DrainOptions): Promise<cluster.DrainResult>;

  /**
   * Offers this worker no new connection until `resume()`. In the primary only; Node's Worker does not have it.
   *
   * The worker keeps its connections, and may claim those that it was offered before. Other workers get the new ones.
   * If all workers of a port are paused, its connections are queued. Use it before something that blocks the worker:
   * a heap snapshot, or a debugger.
   *
   * It has no effect on a worker that is gone, on UDP, and with `SCHED_NONE`, because there a worker accepts by
   * itself. One that is blocked is not woken.
   */
  pause?(): void;

  /** Ends a pause: the worker is offered connections again. In the primary only; Node's Worker does not have it. */
  resume?(): void;

  /**
   * Says that this worker is ready to serve: `readyWhen: 'ready'` waits for it. In a worker only; Node's Worker does not
   * have it.
   */
  ready?(): void;

  /**
   * Which slot of `cluster.supervise()` the worker has, from 0. The worker that replaces it has the same one. Undefined
   * without a supervisor. Node's Worker does not have it.
   */
  readonly slot?: number | undefined;

  /** Whether the channel is open. It is open from `fork()` until 'disconnect'. */
  isConnected(): boolean;

  /** Whether the process has exited, or was ended by a signal. */
  isDead(): boolean;
}

interface Worker extends Emitter<cluster.WorkerEventMap> {}

type _Worker = Worker;

declare namespace cluster {
  interface Worker extends _Worker {}

  /** The options of `new Worker()`. */
  interface WorkerOptions {
    /** Default: 0. */
    id?: number | undefined;
    /** The Worker emits this process's events 'error' and 'message' as its own. */
    process?: ChildProcess | undefined;
    /** Default: 'none'. Later values are 'online', 'listening', 'draining', 'disconnected' and 'dead'. */
    state?: string | undefined;
  }

  /** How long the steps of `worker.drain()` may take, in ms: integers from 0 to 2147483647. */
  interface DrainOptions {
    /** Connections that are open after this time are closed. Default: 30000. */
    timeout?: number | undefined;
    /**
     * How long an idle connection may still bring a request. Default: as long as its server keeps an idle connection
     * (`server.keepAliveTimeout`, in Node 5000). It ends when `timeout` is near.
     */
    idleGrace?: number | undefined;
    /**
     * A process that has not exited this long after it disconnected, or after `timeout`, gets SIGTERM. After the same
     * time again, it gets SIGKILL. Default: 5000.
     */
    killTimeout?: number | undefined;
  }

  interface DrainResult {
    /** Whether the worker had to be ended by a signal. */
    killed: boolean;
  }

  // `cluster.supervise()`
  type SuperviseOptions = supervise.SuperviseOptions;
  type ReloadOptions = supervise.ReloadOptions;
  type ReloadResult = supervise.ReloadResult;
  type SupervisorError = supervise.SupervisorError;
  type SupervisorState = supervise.SupervisorState;
  type SupervisorStatus = supervise.SupervisorStatus;
  type SupervisorRow = supervise.SupervisorRow;
  type SupervisorEventMap = supervise.SupervisorEventMap;
  type Supervisor = supervise.Supervisor;

  /** The events of a Worker, with their arguments. Each is emitted before the event of the same name on `cluster`. */
  interface WorkerEventMap {
    /** The channel is closed. It is emitted before or after 'exit'. */
    disconnect: [];
    /**
     * The primary has called `worker.drain()`. Connections that are open at `deadline` (ms since 1970, as `Date.now()`)
     * will be closed. In the worker only, on `cluster.worker`.
     */
    drain: [deadline: number];
    /**
     * The process could not be started or killed, or a message could not be sent. Also: the worker violated the
     * protocol of its channel, and was disconnected. If there is no listener, this last error is a process warning.
     */
    error: [error: Error];
    /** The process has exited with `code`, or was ended by `signal`. The other argument is null. */
    exit: [code: number, signal: string];
    /** A server or socket of the worker listens. In the primary only. */
    listening: [address: Address];
    /** A message from the other process. Its type is whatever the other process sent. */
    message: [message: any, handle: SendHandle];
    /** The process runs. In the primary only. */
    online: [];
    /** The worker has called `cluster.worker.ready()`. In the primary only. */
    ready: [];
  }

  /** How `fork()` starts workers. Most settings are options of `child_process.fork()`. */
  interface ClusterSettings {
    /** Arguments of the Node binary. Default: `process.execArgv`. */
    execArgv?: string[] | undefined;
    /** The worker's script. Default: `process.argv[1]`. */
    exec?: string | undefined;
    /** Arguments of the script. Default: `process.argv.slice(2)`. */
    args?: readonly string[] | undefined;
    /**
     * Whether the worker's output goes to `worker.process.stdout` and `worker.process.stderr` instead of the primary's
     * output. Default: false.
     */
    silent?: boolean | undefined;
    /** The same as in `child_process.spawn()`, with exactly one 'ipc'. It overrides `silent`. */
    stdio?: Exclude<StdioOptions, string> | undefined;
    /** The user id of the worker. Default: the primary's. */
    uid?: number | undefined;
    /** The group id of the worker. Default: the primary's. */
    gid?: number | undefined;
    /**
     * The port of the worker's inspector, from 0 to 65535, or a function that returns it. Default: the primary's port
     * plus 1 for the first worker, plus 2 for the next one, and so on.
     */
    inspectPort?: number | (() => number) | undefined;
    /** The format of messages: JSON, or the structured clone of `v8.serialize()`. Default: 'json'. */
    serialization?: 'json' | 'advanced' | undefined;
    /** The worker's working directory. Default: the primary's. */
    cwd?: string | undefined;
    /** It has no effect on Linux. */
    windowsHide?: boolean | undefined;
    /**
     * Only rs-cluster. How long an offer of a connection may stay unclaimed while another worker has room, in ms, from
     * 0 to 2147483647. Then the primary revokes the offer, and the other worker answers. 0 means no limit, as in Node.
     * Default: the environment variable RS_CLUSTER_CLAIM_TIMEOUT, or 5. The first `fork()` reads this setting, and
     * throws ERR_OUT_OF_RANGE for any other value. Later changes have no effect.
     */
    claimTimeout?: number | undefined;

    /**
     * Whether a port stays open while no worker listens there, because the last one has died or was disconnected. Its
     * connections wait in the kernel for the next worker. A port closes when a program closes its last server, when
     * all workers have left by `cluster.disconnect()`, and with the primary. Default: false, as in Node; with `cluster.supervise()` it is always so. The first `fork()` reads this setting, and throws
     * ERR_INVALID_ARG_TYPE for any other value.
     */
    keepListening?: boolean | undefined;
    /**
     * Only rs-cluster. Who receives the datagrams of a UDP address. 'shared': the workers share one socket, as in Node,
     * and whoever reads first has the datagram. 'flow': each worker has a socket of its own on that address, and the
     * kernel chooses one for each client. Default: the environment variable RS_CLUSTER_UDP, or 'shared'. The first
     * `fork()` reads this setting, and throws ERR_INVALID_ARG_VALUE for any other value. Later changes have no effect.
     */
    udp?: 'shared' | 'flow' | undefined;
  }

  /**
   * The counters of connections since the first `fork()`. With `SCHED_NONE`, a connection that a worker accepts by itself
   * counts as offered to it, and as claimed. Connections continue while the counters are read,
   * so the figures of two workers may be from slightly different moments. A client that has its answer finds its
   * connection counted.
   */
  interface Stats {
    /** Connections that were accepted: by the primary, or with `SCHED_NONE` by a worker. */
    accepted: number;
    /** Of those: offered to no worker now, because no worker that listens has room. */
    queued: number;
    /** The figures of each connected worker, by its id. */
    workers: Record<string, WorkerStats>;
  }

  /**
   * The counters of one worker since it was forked, and three figures of its event loop. All counters except `inFlight`
   * and `open` only grow. The sum `claimed + refused + revoked + inFlight` is always `offered`.
   */
  interface WorkerStats {
    /** Connections that the primary has offered to this worker. */
    offered: number;
    /** Of those: claimed. The worker has them. */
    claimed: number;
    /** Of those: refused. The server was full or closing, or the worker had no free descriptor. */
    refused: number;
    /** Of those: revoked. The worker did not claim them within `claimTimeout`, and another worker had room. */
    revoked: number;
    /** Of those: offered to another worker before, which did not claim them. */
    redispatched: number;
    /** Of those: neither claimed nor refused nor revoked yet. */
    inFlight: number;
    /** Connections that are open in this worker, by the worker's own count. */
    open: number;
    /**
     * For how many ms the worker's event loop has not answered the present probe. 0 if it has answered. `stats()` sends
     * a probe at most about once a second, so a call finds what has become of the probe of an earlier call. A worker
     * that is still loading does not answer, either.
     */
    blocked: number;
    /**
     * The part of the time between the worker's last two answers in which its event loop was not idle, from 0 to 1. It
     * is the same as `performance.eventLoopUtilization().utilization` of that time. It is 0 before the second answer,
     * and if no memory can be shared.
     */
    utilization: number;
    /**
     * For how many ms the worker's event loop was not idle, from its start until the worker's last answer. It only grows. It
     * is 0 if no memory can be shared.
     */
    busy: number;
  }

  /** Where a server of a worker listens. */
  interface Address {
    /** An IP address, or the path of a unix socket. */
    address: string;
    /** A TCP or UDP port. It is -1 for a unix socket. */
    port: number;
    /** 4 is IPv4, 6 is IPv6, -1 is a unix socket. 'udp4' and 'udp6' are UDP. */
    addressType: 4 | 6 | -1 | 'udp4' | 'udp6';
  }

  /** The events of `cluster` in the primary, with their arguments. */
  interface ClusterEventMap {
    /** A worker's channel is closed. It is emitted before or after 'exit'. */
    disconnect: [worker: Worker];
    /** A worker has exited with `code`, or was ended by `signal`. The other argument is null. */
    exit: [worker: Worker, code: number, signal: string];
    /** `fork()` was called. It is emitted in the next tick. */
    fork: [worker: Worker];
    /** A server or socket of a worker listens. */
    listening: [worker: Worker, address: Address];
    /** A message from a worker. Its type is whatever the worker sent. */
    message: [worker: Worker, message: any, handle: SendHandle];
    /** A worker runs. */
    online: [worker: Worker];
    /** A worker has called `cluster.worker.ready()`. */
    ready: [worker: Worker];
    /** The program or `fork()` has called `setupPrimary()`. It is emitted in the next tick. */
    setup: [settings: ClusterSettings];
  }

  interface Cluster extends Emitter<ClusterEventMap> {
    Worker: typeof Worker;

    /**
     * Disconnects all workers. In the primary only.
     *
     * @param callback called after all of them have disconnected and exited. It does not wait for a worker whose
     *   channel was already closed
     */
    disconnect(callback?: () => void): void;

    /**
     * Starts a worker. In the primary only. The first call loads the addon, and starts the thread that accepts
     * connections.
     *
     * @param env is added to the worker's environment. Values are converted to strings
     * @returns the Worker. It emits 'error' in the next tick if the process has no free descriptor or cannot start a
     *   thread
     * @throws ERR_RS_CLUSTER_UNSUPPORTED if the addon does not load; ERR_SOCKET_BAD_PORT for a wrong
     *   `settings.inspectPort`; ERR_OUT_OF_RANGE for a wrong `settings.claimTimeout`;
     *   ERR_INVALID_ARG_VALUE for a wrong `settings.udp`; every error of `child_process.fork()`
     */
    fork(env?: object): Worker;

    /** The same as `isPrimary`. This was its name before Node 16. */
    readonly isMaster: boolean;

    /** Whether this process is not a worker. */
    readonly isPrimary: boolean;

    /** Whether `cluster.fork()` has started this process. */
    readonly isWorker: boolean;

    /**
     * `SCHED_RR` or `SCHED_NONE`. The first `fork()` or `setupPrimary()` reads it. Later changes have no effect.
     * Default: the environment variable NODE_CLUSTER_SCHED_POLICY ('rr' or 'none'), or `SCHED_RR`.
     */
    schedulingPolicy: number;

    /**
     * The settings after the last `setupPrimary()` or `fork()`, with defaults. It is an empty object before. Each
     * `fork()` reads it again.
     */
    readonly settings: ClusterSettings;

    /** The same as `setupPrimary()`. This was its name before Node 16. */
    setupMaster(settings?: ClusterSettings): void;

    /**
     * Changes the settings for all workers that are forked later. A setting that is not given keeps its value. In the
     * primary only.
     */
    setupPrimary(settings?: ClusterSettings): void;

    /**
     * Only rs-cluster. Returns counters of connections, and how busy the workers' event loops are. It reads shared
     * memory and does not wait for a worker or a thread, so it takes microseconds even if all of them are blocked. At
     * most about once a second, it also sends the workers a probe, which wakes idle ones. If a program does not call
     * it, no worker is woken. In the primary only, and not with `RS_CLUSTER=off`. It is an inherited member, so that the own members are the same as Node's.
     */
    readonly stats?: () => Stats;

    /**
     * Only rs-cluster. Starts the workers and keeps them running: replaces those that crash, hang or are over a limit,
     * reloads the program, and stops. In the primary only, and not with `RS_CLUSTER=off`. It is an inherited member. No
     * signal is used: a program says which signal calls `reload()` or `stop()`.
     *
     * @throws ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE if an option or its variable is not valid;
     *   ERR_RS_CLUSTER_SUPERVISED if a supervisor has not stopped yet; ERR_RS_CLUSTER_UNSUPPORTED
     */
    readonly supervise?: (options?: SuperviseOptions) => Supervisor;

    /** This worker. In a worker only. */
    readonly worker?: Worker;

    /** All workers that have not both disconnected and exited, by their ids. In the primary only. */
    readonly workers?: NodeJS.Dict<Worker>;

    /** The workers accept connections from one shared socket. The kernel chooses the worker. */
    readonly SCHED_NONE: number;

    /** A thread of the primary accepts connections, and deals them to the workers in turn. */
    readonly SCHED_RR: number;
  }
}

/**
 * Node's own cluster object, with the members of rs-cluster in it. With `RS_CLUSTER=off` it is unchanged. Requiring
 * this module can throw:
 *
 * - ERR_RS_CLUSTER_UNSUPPORTED: rs-cluster cannot run in this process.
 * - ERR_RS_CLUSTER_TOO_LATE: Node's cluster already has workers.
 * - ERR_RS_CLUSTER_NOT_A_WORKER: this process was started as a worker, but did not become one.
 */
declare const cluster: cluster.Cluster;

export = cluster;
