// What a supervisor has from the cluster.

import type { ClusterSettings, Stats } from '../..';
import type { Account } from '../metrics/account';
import type { Settings } from '../settings';
import type { Worker } from '../worker';

export interface Hooks {
  /** `adjust` says with which settings, given `cluster.settings`. */
  fork(slot: number, env: object, adjust: (settings: Settings) => Settings): Worker;
  limitRequests(worker: Worker, requests: number): void;
  /** Each response of this worker closes its connection. */
  lastResponses(worker: Worker): void;
  /** The worker shall send the metrics of its program. */
  askMetrics(worker: Worker): void;
  /** Its figures, also when it is gone; undefined if it has no channel. */
  account(worker: Worker): Account | undefined;
  /** How long connections have waited until a worker has claimed them, in s. `counts` has one more than `bounds`. */
  waits(): { sum: number; bounds: number[]; counts: number[] };
  /** From now on it is told what workers say of themselves (`workers.js`). */
  listen(supervisor: object): void;
  /** Whether a port stays open while no worker listens there. If not, those are closed now. */
  keepPorts(isKept: boolean): void;
  /** Closes the ports that no worker listens on. */
  releasePorts(): void;
  stats(): Stats;
  /** Of later forks. It returns how to take that back. */
  changeSettings(settings: ClusterSettings): () => void;
}
