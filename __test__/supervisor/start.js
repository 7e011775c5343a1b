'use strict';

// How a supervisor starts its workers, and what it does if they do not come up.

const assert = require('node:assert');
const { once } = require('node:events');
const os = require('node:os');
const { scenario, BUILTIN } = require('../harness');
const { rows, serve, skipBuiltin, supervises } = require('../fixtures/supervises');

supervises('it starts the workers, each in a slot that both processes know', {
  supervise: { workers: 3 },
  programs: {
    good(cluster) {
      const { RS_CLUSTER_SLOT, NODE_APP_INSTANCE } = process.env;
      serve().on('listening', () => process.send([cluster.worker.slot, RS_CLUSTER_SLOT, NODE_APP_INSTANCE]));
    },
  },
  async primary({ cluster, supervisor }) {
    assert.strictEqual(supervisor.state, 'ready');
    assert.deepStrictEqual(rows(supervisor), ['0 ready 1', '1 ready 1', '2 ready 1']);
    const { pid, workers } = supervisor.status();
    assert.strictEqual(pid, process.pid);
    for (const row of workers) {
      const worker = cluster.workers[row.id];
      assert.strictEqual(worker.slot, row.slot);
      assert.strictEqual(worker.process.pid, row.pid);
      assert.ok(row.rss > 1e6, `${row.rss} bytes`);
      assert.ok(row.uptime > 0);
      assert.deepStrictEqual([row.restarts, row.lastExit], [0, undefined]);
    }
    const other = cluster.fork({ RS_TEST_PROGRAM: 'good' });
    const [said] = await once(other, 'message');
    assert.deepStrictEqual([other.slot, said], [undefined, [null, null, null]]);
    await other.drain();
  },
});

scenario('a worker tells its slot, and a worker of its own has another life', {
  skipBuiltin,
  async primary(cluster) {
    const supervisor = cluster.supervise({ workers: 2 });
    const said = [];
    cluster.on('message', (worker, message) => said.push([worker.slot, ...message]));
    await supervisor.ready;
    await supervisor.stop();
    assert.deepStrictEqual(said.sort(), [
      [0, 0, '0', '0'],
      [1, 1, '1', '1'],
    ]);
  },
  worker(cluster) {
    const { RS_CLUSTER_SLOT, NODE_APP_INSTANCE } = process.env;
    process.send([cluster.worker.slot, RS_CLUSTER_SLOT, NODE_APP_INSTANCE], () => serve());
  },
});

for (const [how, say] of [
  ['calls ready()', (cluster) => cluster.worker.ready()],
  ["sends 'ready', as for pm2", () => process.send('ready')],
]) {
  scenario(`with readyWhen 'ready', a worker is ready when it ${how}, and not when it listens`, {
    skipBuiltin,
    async primary(cluster) {
      const supervisor = cluster.supervise({ workers: 1, readyWhen: 'ready' });
      const [worker] = await once(cluster, 'listening');
      assert.strictEqual(supervisor.state, 'starting');
      worker.send('go');
      await supervisor.ready;
      assert.strictEqual(supervisor.state, 'ready');
      await supervisor.stop();
    },
    worker(cluster) {
      serve();
      process.once('message', () => say(cluster));
    },
  });
}

scenario("'ready' is an event of the worker and of cluster, also without a supervisor", {
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork();
    const events = [];
    worker.on('ready', (...args) => events.push(['worker', args.length]));
    cluster.on('ready', (...args) => events.push(['cluster', args[0] === worker]));
    await once(cluster, 'ready');
    assert.deepStrictEqual(events, [
      ['worker', 0],
      ['cluster', true],
    ]);
    await worker.drain();
  },
  worker(cluster) {
    cluster.worker.ready();
  },
});

scenario("'auto' is a worker for each processor, and the environment may say another number", {
  skipBuiltin,
  async primary(cluster) {
    const count = async () => {
      const supervisor = cluster.supervise();
      const { workers } = supervisor.status();
      await supervisor.stop({ now: true });
      return workers.length;
    };
    assert.ok((await count()) <= os.cpus().length);
    process.env.WEB_CONCURRENCY = '3';
    assert.strictEqual(await count(), 3);
    process.env.RS_CLUSTER_WORKERS = '1';
    assert.strictEqual(await count(), 1);
  },
  worker: () => serve(),
});

scenario('a program that never comes up ends in an error that says why', {
  skipBuiltin,
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const supervisor = cluster.supervise({ workers: 2, bootAttempts: 2, backoff: 10 });
    const error = await supervisor.ready.then(assert.fail, (reason) => reason);
    assert.strictEqual(error.code, 'ERR_RS_CLUSTER_CRASH_LOOP');
    assert.match(
      error.message,
      /No worker became ready: the worker of slot \d \(id \d\) ended with exit code 7/,
    );
    assert.match(error.message, /Its last words:\nno database$/);
    assert.deepStrictEqual([error.exitCode, error.signal, error.timedOut], [7, null, false]);
    assert.strictEqual(error.stderr, 'no database');
    assert.strictEqual(supervisor.state, 'stopped');
    await supervisor.stop();
  },
  worker() {
    process.stderr.write('no database\n', () => process.exit(7));
  },
});

scenario('a program that never comes up ends the primary, unless it handles that', {
  skipBuiltin,
  primary(cluster) {
    cluster.supervise({ workers: 1, bootAttempts: 1 });
    return new Promise(() => {});
  },
  worker() {
    throw new Error('broken');
  },
  check({ code, stderr }) {
    assert.strictEqual(code, 1, stderr);
    assert.match(stderr, /ERR_RS_CLUSTER_CRASH_LOOP/);
    assert.match(stderr, /Its last words:\n[^]*Error: broken/);
  },
});

scenario('a worker that cannot be forked has a cause', {
  skipBuiltin,
  async primary(cluster) {
    cluster.setupPrimary({ stdio: ['pipe', 'pipe', 'pipe'] });
    const supervisor = cluster.supervise({ workers: 1, backoff: 1 });
    const error = await supervisor.ready.then(assert.fail, (reason) => reason);
    assert.strictEqual(error.code, 'ERR_RS_CLUSTER_CRASH_LOOP');
    assert.match(error.message, /could not be forked: .*IPC/);
    assert.strictEqual(error.cause.code, 'ERR_CHILD_PROCESS_IPC_REQUIRED');
  },
});

supervises('there is one supervisor at a time', {
  async primary({ cluster, supervisor }) {
    assert.throws(() => cluster.supervise(), { code: 'ERR_RS_CLUSTER_SUPERVISED' });
    await supervisor.stop();
    const next = cluster.supervise({ workers: 1 });
    await next.ready;
    await next.stop();
  },
});

scenario('a supervisor that stops before all are ready rejects `ready`, and that ends no process', {
  skipBuiltin,
  async primary(cluster) {
    const supervisor = cluster.supervise({ workers: 1, readyWhen: 'ready' });
    await once(cluster, 'listening');
    await supervisor.stop();
    await assert.rejects(supervisor.ready, { code: 'ERR_RS_CLUSTER_STOPPED' });
  },
  worker: () => serve(),
});

scenario('supervise() is inherited, so that the own members are those of Node', {
  skipBuiltin: BUILTIN && 'it has no supervise()',
  async primary(cluster) {
    assert.ok(!Object.hasOwn(cluster, 'supervise'));
    const worker = cluster.fork();
    assert.ok(!Object.keys(worker).includes('slot'));
    const listed = [];
    for (const name in worker) listed.push(name);
    for (const name of ['slot', 'drain', 'pause', 'resume']) assert.ok(!listed.includes(name), name);
    await worker.drain();
  },
  worker(cluster) {
    if (cluster.supervise !== undefined) throw new Error('a worker supervises nobody');
  },
});
