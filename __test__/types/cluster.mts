// Checked by tsc, never run: our types beside those of @types/node, in an ES module.

import http from 'node:http';
import builtin from 'node:cluster';
import * as ours from 'rs-cluster';
import cluster, {
  Worker,
  fork,
  isPrimary,
  schedulingPolicy,
  settings,
  setupPrimary,
  workers,
} from 'rs-cluster';
import standalone from 'rs-cluster/standalone';
import 'rs-cluster/register';

/** Fails where `A` is `any`, which would let everything pass. */
type Known<A> = 0 extends 1 & A ? never : A;

// Either may stand for the other: the object, and all that it speaks of.
const asBuiltin: typeof builtin = cluster;
const asOurs: typeof cluster = builtin;
const alone: typeof builtin = standalone;
const worker: import('node:cluster').Worker = new Worker();
const theirs: Worker = new builtin.Worker();
const theirSettings: import('node:cluster').ClusterSettings = {} as cluster.ClusterSettings;
const ourSettings: cluster.ClusterSettings = {} as import('node:cluster').ClusterSettings;
const theirAddress: import('node:cluster').Address = {} as cluster.Address;
const ourAddress: cluster.Address = {} as import('node:cluster').Address;

// The names are typed, however they are imported.
const names: [boolean, number, cluster.ClusterSettings, NodeJS.Dict<Worker> | undefined] = [
  isPrimary as Known<typeof isPrimary>,
  schedulingPolicy as Known<typeof schedulingPolicy>,
  settings as Known<typeof settings>,
  workers as Known<typeof workers>,
];
const forked: Worker = ours.fork({ NAME: 'value', COUNT: 1 }) as Known<ReturnType<typeof fork>>;
const same: typeof fork = cluster.fork;
const primary: boolean = ours.default.isPrimary as Known<typeof ours.isPrimary>;

// A program as they are written.
if (cluster.isPrimary) {
  setupPrimary({
    exec: 'worker.js',
    args: ['--quiet'],
    serialization: 'advanced',
    stdio: ['ignore', 1, 2, 'ipc'],
  });
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster
    .on('setup', ({ exec }) => exec?.toUpperCase())
    .on('exit', (worker, code, signal) => [worker.id.toFixed(), code.toFixed(), signal.toUpperCase()])
    .once('listening', ({ process }, { address, port }) => [
      process.pid?.toFixed(),
      address.trim(),
      port.toFixed(),
    ])
    .on('message', (worker, message: { cmd: string }, handle) => worker.send(message.cmd, handle))
    .on('reloaded', (anything: string) => anything);
  forked.on('online', () => forked.send('hello', (error) => error?.message));
  for (const each of Object.values(cluster.workers ?? {})) each?.disconnect().kill('SIGKILL');
  setupPrimary({ claimTimeout: 20, udp: 'flow' });
  const stats = cluster.stats?.() as Known<cluster.Stats> | undefined;
  const revoked: number | undefined = stats?.workers[1]?.revoked as Known<number> | undefined;
  setupPrimary({ claimTimeout: revoked });
  void forked
    .drain?.({ timeout: 1000, idleGrace: 0, killTimeout: 500 })
    .then(({ killed }) => killed === true);
  forked.pause?.();
  forked.resume?.();
  cluster.disconnect(() => undefined);

  const supervisor = cluster.supervise?.({ workers: 'auto', surge: '50%', readyWhen: 'ready' });
  supervisor
    ?.on('worker', ({ slot }, state, reason) => [slot?.toFixed(), state === 'gone', reason.trim()])
    .on('reload', ({ generation, replaced }) => generation + replaced)
    .on('reloadFailed', (error) => error.message);
  void supervisor?.reload({ settings: { exec: 'next.js' } }).then(({ killed, ms }) => killed + ms);
  void supervisor?.metrics().then((text) => text.trimEnd());
  void supervisor?.scale(4).then(() => supervisor.stop({ now: true }));
  const blocked: number | undefined = supervisor?.status().workers[0]?.blocked;
  void cluster.supervise?.({ maxMemory: blocked });
} else {
  cluster.worker?.ready?.();
  cluster.worker?.on('drain', (deadline) => deadline.toFixed());
  http.createServer((request, response) => response.end(`${cluster.worker?.id}`)).listen(0);
}

// @ts-expect-error: a message is not undefined
forked.send();
// @ts-expect-error: it is a number of ms
void forked.drain?.({ timeout: '1s' });
// @ts-expect-error: a unit is for variables
void cluster.supervise?.({ maxMemory: '512M' });
// @ts-expect-error: there is no such serialization
setupPrimary({ serialization: 'xml' });
// @ts-expect-error: it is not for programs to say
cluster.isPrimary = false;

export {
  alone,
  asBuiltin,
  asOurs,
  names,
  ourAddress,
  ourSettings,
  primary,
  same,
  theirAddress,
  theirSettings,
  theirs,
  worker,
};
