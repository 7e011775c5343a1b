'use strict';

// What signals mean to a supervisor with `signals`, and to its workers.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { constants } = require('node:os');
const { settled, succeeded } = require('../harness');
const {
  comes,
  pending,
  rows,
  run,
  serve,
  serveLate,
  supervises,
  workerOf,
} = require('../fixtures/supervises');

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTTIN', 'SIGTTOU'];

const raise = (signal) => process.kill(process.pid, signal);

/** Those of two signals that a process ignores. */
function ignored(pid = process.pid) {
  const [, mask] = /^SigIgn:\s*(\w+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));
  return ['SIGTERM', 'SIGINT'].filter(
    (signal) => BigInt(`0x${mask}`) & (1n << BigInt(constants.signals[signal] - 1)),
  );
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  supervises(`${signal} stops the supervisor, and then the process ends as it would without it`, {
    supervise: { signals: true },
    programs: { good: serveLate },
    async primary({ cluster, supervisor, port }) {
      const { worker, response } = await pending({ cluster, port });
      const stop = once(supervisor, 'stop');
      raise(signal);
      await once(supervisor, 'stopping');
      worker.send('answer');
      assert.strictEqual((await response)[0].statusCode, 200);
      assert.deepStrictEqual(await stop, [{ killed: 0 }]);
      for (const each of SIGNALS) assert.strictEqual(process.listenerCount(each), 0, each);
    },
  });
}

for (const [first, second] of [
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGTERM'],
]) {
  const code = 128 + constants.signals[second];
  supervises(`${second} after ${first} stops at once, and the code is ${code}`, {
    supervise: { signals: true },
    programs: { good: serveLate },
    async primary({ cluster, supervisor, port }) {
      const { response } = await pending({ cluster, port });
      response.catch(() => {});
      supervisor.on('stop', ({ killed }) => console.log('killed', killed));
      raise(first);
      await once(supervisor, 'stopping');
      raise(second);
      setInterval(() => {}, 1000);
      await new Promise(() => {});
    },
    check(result) {
      assert.strictEqual(result.code, code, result.stderr);
      assert.match(result.stdout, /killed [12]/);
    },
  });
}

supervises('SIGHUP reloads, one that fails is a warning, and one during a stop does nothing', {
  supervise: { signals: true },
  programs: { broken: () => process.exit(7) },
  async primary({ supervisor }) {
    const reload = once(supervisor, 'reload');
    raise('SIGHUP');
    assert.strictEqual((await reload)[0].replaced, 2);
    run('broken');
    const warning = once(process, 'warning');
    raise('SIGHUP');
    assert.strictEqual((await warning)[0].code, 'ERR_RS_CLUSTER_RELOAD');
    supervisor.on('reloading', assert.fail);
    const stop = once(supervisor, 'stop');
    raise('SIGTERM');
    raise('SIGHUP');
    raise('SIGTTIN');
    await stop;
  },
});

supervises('SIGTTIN and SIGTTOU change the number of workers that is wanted, and there is always one', {
  supervise: { signals: true },
  async primary({ supervisor }) {
    /** Each is a step of its own, as two commands of a person are. */
    const steps = async (signal, results) => {
      for (const wanted of results) {
        raise(signal);
        assert.ok(
          await settled(() => supervisor.status().wanted === wanted),
          `${supervisor.status().wanted}, not ${wanted}`,
        );
      }
    };
    await steps('SIGTTIN', [3, 4]);
    assert.strictEqual(supervisor.status().wanted, 4);
    assert.ok(await settled(() => rows(supervisor).filter((row) => row.includes('ready')).length === 4));
    await steps('SIGTTOU', [3, 2, 1]);
    raise('SIGTTOU');
    raise('SIGHUP');
    await once(supervisor, 'reload');
    assert.deepStrictEqual(rows(supervisor), ['0 ready 2']);
  },
});

supervises(
  'workers ignore SIGTERM and SIGINT and show no listener, and what they start does not ignore them',
  {
    supervise: { signals: true, workers: 1 },
    programs: {
      good() {
        const child = spawn('sleep', ['60']);
        const variables = Object.keys(process.env).filter((name) => name.includes('IGNORE'));
        const listeners = [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')];
        const said = { own: ignored(), child: ignored(child.pid), listeners, variables };
        child.kill('SIGTERM');
        child.on('exit', (_, signal) => process.send({ ...said, signal }, () => serve()));
      },
    },
    async primary({ cluster, supervisor, port }) {
      const { process: subprocess } = workerOf({ cluster, supervisor });
      for (const signal of ['SIGTERM', 'SIGINT']) subprocess.kill(signal);
      const said = once(cluster, 'message');
      const reload = supervisor.reload();
      assert.deepStrictEqual((await said)[1], {
        own: ['SIGTERM', 'SIGINT'],
        child: [],
        listeners: [0, 0],
        variables: [],
        signal: 'SIGTERM',
      });
      assert.ok(port > 0);
      await reload;
      assert.deepStrictEqual([subprocess.exitCode, subprocess.signalCode], [0, null]);
      const other = cluster.fork();
      await once(other, 'message');
      assert.deepStrictEqual(ignored(other.process.pid), []);
      await other.drain();
    },
  },
);

supervises('a program’s own listener for SIGTERM is called, and a drain leaves it', {
  supervise: { signals: true, workers: 1, killTimeout: 300 },
  programs: {
    good() {
      serve();
      let count = 0;
      process.on('SIGTERM', () => ++count === 2 && process.exit(9));
      process.on('SIGTERM', () => count === 1 && process.send('TERM'));
      setInterval(() => {}, 1000);
    },
  },
  async primary({ cluster, supervisor }) {
    const worker = workerOf({ cluster, supervisor });
    worker.process.kill('SIGTERM');
    await once(worker, 'message');
    const gone = comes(supervisor, 0, 'gone');
    await supervisor.stop();
    assert.strictEqual((await gone)[1], 'exit code 9');
  },
});

for (const [how, leave] of [
  ['drains', (worker) => worker.drain({ idleGrace: 0, killTimeout: 300 })],
  ['disconnects', (worker) => worker.send('leave')],
]) {
  supervises(`a worker that ${how} and does not end is ended by SIGTERM`, {
    supervise: { signals: true, workers: 1, killTimeout: 300 },
    programs: {
      good(cluster) {
        serve();
        setInterval(() => {}, 1000);
        process.on('message', () => cluster.worker.disconnect());
      },
    },
    async primary({ cluster, supervisor }) {
      const gone = comes(supervisor, 0, 'gone');
      leave(workerOf({ cluster, supervisor }));
      assert.strictEqual((await gone)[1], 'signal SIGTERM');
    },
  });
}

supervises('SIGTERM ends a worker that drains, also while it still answers a request', {
  supervise: { signals: true, workers: 1 },
  programs: { good: serveLate },
  async primary({ cluster, supervisor, port }) {
    const { worker, response } = await pending({ cluster, port });
    const gone = comes(supervisor, 0, 'gone');
    worker.drain();
    assert.ok(await settled(() => ignored(worker.process.pid).length === 0), 'it does not know of its drain');
    worker.process.kill('SIGTERM');
    await assert.rejects(response, { code: 'ECONNRESET' });
    assert.strictEqual((await gone)[1], 'signal SIGTERM');
  },
});

supervises('without `signals` nothing is ignored, and nobody listens', {
  supervise: { workers: 1 },
  async primary({ cluster, supervisor }) {
    for (const signal of SIGNALS) assert.strictEqual(process.listenerCount(signal), 0, signal);
    const { pid } = workerOf({ cluster, supervisor }).process;
    assert.deepStrictEqual(ignored(pid), []);
    const gone = comes(supervisor, 0, 'gone');
    process.kill(pid, 'SIGTERM');
    assert.strictEqual((await gone)[1], 'signal SIGTERM');
  },
});

supervises('Ctrl-C, which all processes of a terminal get, is a graceful end', {
  under: ['setsid'],
  supervise: { signals: true },
  programs: { good: serveLate },
  async primary({ cluster, supervisor, port }) {
    const { worker, response } = await pending({ cluster, port });
    const stop = once(supervisor, 'stop');
    process.kill(0, 'SIGINT');
    await once(supervisor, 'stopping');
    worker.send('answer');
    assert.strictEqual((await response)[0].statusCode, 200);
    assert.deepStrictEqual(await stop, [{ killed: 0 }]);
    console.log('gracefully');
  },
  check(result) {
    succeeded(result);
    assert.match(result.stdout, /gracefully/);
  },
});
