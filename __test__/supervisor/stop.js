'use strict';

// `stop()` and `scale()`: which workers go, when their Promises are fulfilled, and what they are in each other's way.

const assert = require('node:assert');
const { once } = require('node:events');
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

async function text([response]) {
  let all = '';
  for await (const part of response.setEncoding('utf8')) all += part;
  return all;
}

supervises('stop() drains all workers: what they are asked already is answered', {
  programs: { good: serveLate },
  async primary({ cluster, supervisor, port }) {
    const { worker, response } = await pending({ cluster, port });
    const event = once(supervisor, 'stop');
    const stop = supervisor.stop();
    assert.strictEqual(supervisor.stop(), stop);
    assert.strictEqual(supervisor.state, 'stopping');
    worker.send('answer');
    assert.strictEqual(await text(await response), 'late');
    assert.deepStrictEqual(await stop, { killed: 0 });
    assert.deepStrictEqual(await event, [{ killed: 0 }]);
    assert.strictEqual(supervisor.state, 'stopped');
    assert.deepStrictEqual(supervisor.status().workers, []);
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
});

supervises('stop({ now: true }) kills all workers, also those that drain', {
  programs: { good: serveLate },
  async primary({ cluster, supervisor, port }) {
    const { worker, response } = await pending({ cluster, port });
    const stop = supervisor.stop();
    const other = comes(supervisor, 1 - worker.slot, 'gone');
    await other;
    supervisor.stop({ now: true });
    await assert.rejects(response, { code: 'ECONNRESET' });
    assert.deepStrictEqual(await stop, { killed: 1 });
    assert.strictEqual(worker.process.signalCode, 'SIGKILL');
  },
});

supervises('stop() ends a reload, and what waits', {
  async primary({ supervisor }) {
    const stopped = { code: 'ERR_RS_CLUSTER_STOPPED' };
    const first = supervisor.reload();
    const second = supervisor.reload();
    const scale = supervisor.scale(5);
    const stop = supervisor.stop();
    await assert.rejects(first, stopped);
    await assert.rejects(second, stopped);
    await assert.rejects(scale, stopped);
    await stop;
    await assert.rejects(supervisor.reload(), stopped);
    await assert.rejects(supervisor.scale(2), stopped);
  },
});

supervises('a supervisor whose calls nobody waits for ends no process', {
  async primary({ supervisor }) {
    supervisor.reload();
    supervisor.scale(3);
    await supervisor.stop();
    supervisor.reload();
    supervisor.scale(2);
    await new Promise(setImmediate);
  },
});

supervises('cluster.disconnect() stops the supervisor, which would start the workers again', {
  async primary({ cluster, supervisor }) {
    await new Promise((resolve) => cluster.disconnect(resolve));
    await supervisor.stop();
    assert.strictEqual(supervisor.state, 'stopped');
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
});

supervises('scale() starts workers in new slots, and drains those of the highest', {
  async primary({ cluster, supervisor }) {
    await supervisor.scale(4);
    assert.deepStrictEqual(rows(supervisor), ['0 ready 1', '1 ready 1', '2 ready 1', '3 ready 1']);
    const first = workerOf({ cluster, supervisor }, 0);
    await supervisor.scale(1);
    assert.deepStrictEqual(rows(supervisor), ['0 ready 1']);
    assert.strictEqual(workerOf({ cluster, supervisor }, 0), first);
    assert.deepStrictEqual(Object.values(cluster.workers), [first]);
    await supervisor.scale('auto');
    assert.strictEqual(supervisor.state, 'ready');
  },
});

supervises('scale() waits for workers that still drain, and its last call decides', {
  programs: { good: serveLate },
  async primary({ cluster, supervisor, port }) {
    // Both workers have something to do.
    const [one, other] = [await pending({ cluster, port }), await pending({ cluster, port })];
    let isDone = false;
    const first = supervisor.scale(3);
    const second = supervisor.scale(1).then(() => (isDone = true));
    const { worker, response } = one.worker.slot === 1 ? one : other;
    const rest = one.worker.slot === 1 ? other : one;
    await comes(supervisor, 2, 'gone');
    assert.strictEqual(isDone, false);
    worker.send('answer');
    assert.strictEqual(await text(await response), 'late');
    await second;
    await first;
    assert.deepStrictEqual(rows(supervisor), ['0 ready 1']);
    rest.worker.send('answer');
    await rest.response;
  },
});

supervises('a reload adjusts to scale()', {
  supervise: { workers: 3 },
  async primary({ supervisor }) {
    const canary = comes(supervisor, 0, 'ready');
    const reload = supervisor.reload();
    await canary;
    const scale = supervisor.scale(4);
    const { generation } = await reload;
    await scale;
    assert.strictEqual(generation, 2);
    assert.deepStrictEqual(rows(supervisor), ['0 ready 2', '1 ready 2', '2 ready 2', '3 ready 2']);
  },
});

supervises('a worker that crashes is started again in its slot, at once and then with a pause', {
  supervise: { workers: 2, backoff: 300, minUptime: 60_000 },
  async primary({ cluster, supervisor }) {
    const kill = async () => {
      const started = comes(supervisor, 1, 'starting');
      const ready = comes(supervisor, 1, 'ready');
      const gone = comes(supervisor, 1, 'gone');
      workerOf({ cluster, supervisor }, 1).process.kill('SIGKILL');
      assert.strictEqual((await gone)[1], 'signal SIGKILL');
      const since = performance.now();
      assert.strictEqual((await started)[1], 'crash');
      const pause = performance.now() - since;
      assert.strictEqual((await ready)[0].slot, 1);
      return pause;
    };
    await kill();
    assert.strictEqual(supervisor.state, 'ready');
    const pause = await kill();
    assert.ok(pause >= 235 && pause < 2000, `${pause} ms`);
    const { restarts, lastExit } = supervisor.status().workers.at(-1);
    assert.deepStrictEqual([restarts, lastExit], [2, 'signal SIGKILL']);
  },
});

supervises('a slot that pauses is degraded, and does not keep its number of workers a secret', {
  supervise: { workers: 1, backoff: 60_000, maxBackoff: 60_000 },
  programs: { broken: () => process.exit(7) },
  async primary({ cluster, supervisor }) {
    run('broken');
    const second = comes(supervisor, 0, 'starting');
    workerOf({ cluster, supervisor }).process.kill('SIGKILL');
    await second;
    await comes(supervisor, 0, 'gone');
    await new Promise(setImmediate);
    assert.strictEqual(supervisor.state, 'degraded');
    const [row] = supervisor.status().workers;
    assert.deepStrictEqual(
      [row.state, row.id, row.pid, row.rss, row.lastExit],
      ['backoff', undefined, undefined, 0, 'exit code 7'],
    );
    // Who reloads may have repaired it.
    run('good');
    await supervisor.reload();
    assert.strictEqual(supervisor.state, 'ready');
  },
});

supervises('workers that are killed at random during 20 reloads come back', {
  supervise: { workers: 3, minUptime: 0, backoff: 1, maxBackoff: 10 },
  async primary({ cluster, supervisor }) {
    let isOver = false;
    const killer = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, 150 * Math.random()));
        const { id } = supervisor.status().workers.at(Math.floor(3 * Math.random())) ?? {};
        // It may have died by itself.
        cluster.workers[id]?.process.kill('SIGKILL');
      }
    })();
    for (let reload = 0; reload < 20; reload++) await supervisor.reload().catch(() => {});
    isOver = true;
    await killer;
    await supervisor.reload();
    assert.strictEqual(supervisor.state, 'ready');
    assert.strictEqual(rows(supervisor).length, 3);
  },
});

supervises('a listener that throws ends the process as any other, and the supervisor is not torn', {
  async primary({ supervisor }) {
    const errors = [];
    process.on('uncaughtException', (error) => errors.push(error.message));
    supervisor.once('worker', () => {
      throw new Error('of the program');
    });
    assert.strictEqual((await supervisor.reload()).replaced, 2);
    assert.deepStrictEqual(errors, ['of the program']);
  },
});

supervises('a worker that disconnects and does not end is replaced', {
  programs: {
    good(cluster) {
      serve();
      setInterval(() => {}, 1000);
      process.on('message', () => cluster.worker.disconnect());
    },
  },
  supervise: { killTimeout: 200 },
  async primary({ cluster, supervisor }) {
    for (const leave of [(worker) => worker.send('leave'), (worker) => worker.disconnect()]) {
      const started = comes(supervisor, 0, 'starting');
      const gone = comes(supervisor, 0, 'gone');
      leave(workerOf({ cluster, supervisor }));
      assert.strictEqual((await started)[1], 'disconnect');
      assert.strictEqual((await gone)[1], 'signal SIGTERM');
    }
    assert.strictEqual(supervisor.state, 'ready');
  },
});
