'use strict';

// `supervisor.metrics()`: every connection is counted once, whatever becomes of the workers, and nobody is waited for.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { settled, read } = require('../harness');
const { assertGrown, parse, sum } = require('../fixtures/exposition');
const { comes, run, serve, supervises, workerOf } = require('../fixtures/supervises');

const scrape = async (supervisor) => parse(await supervisor.metrics());

const CLAIMED = 'rs_cluster_worker_connections_claimed_total';
const WAITS = 'rs_cluster_queue_wait_seconds_count';

/** Answers each connection at once. */
const hello = () => net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');

/** The names in the table of `docs/metrics.md`, with their types. */
function documented() {
  const page = fs.readFileSync(path.join(__dirname, '../../docs/metrics.md'), 'utf8');
  return Object.fromEntries(
    [...page.matchAll(/^\| `(rs_cluster_\w+)` \| (\w+) \|/gm)].map(([, ...row]) => row),
  );
}

supervises('each metric has a name, a type and labels as docs/metrics.md says', {
  programs: { good: hello },
  async primary({ supervisor, port }) {
    await fetchAll(port, 4);
    const families = await scrape(supervisor);
    assert.deepStrictEqual(
      Object.fromEntries([...families].map(([name, { type }]) => [name, type])),
      documented(),
    );
    for (const { samples } of families.values()) {
      for (const { labels } of samples) if ('worker' in labels) assert.match(labels.worker, /^[01]$/);
    }
    const states = families
      .get('rs_cluster_workers')
      .samples.map(({ labels, value }) => [labels.state, value]);
    assert.deepStrictEqual(Object.fromEntries(states), {
      starting: 0,
      ready: 2,
      draining: 0,
      backoff: 0,
      empty: 0,
    });
    const [{ labels }] = families.get('rs_cluster_info').samples;
    assert.deepStrictEqual(labels, { version: require('../../package.json').version, node: process.version });
    assert.ok(sum(families, 'rs_cluster_worker_resident_memory_bytes', { worker: '1' }) > 1e6);
    assert.ok(sum(families, 'rs_cluster_worker_cpu_seconds_total', { worker: '0' }) > 0);
    const age = Date.now() / 1000 - sum(families, 'rs_cluster_worker_start_time_seconds', { worker: '0' });
    assert.ok(age >= 0 && age < 60, `${age}`);
  },
});

async function fetchAll(port, count) {
  await Promise.all(Array.from({ length: count }, () => read(port)));
}

supervises(
  'no counter falls, and each claim is counted once, while workers are replaced, killed and scaled away',
  {
    timeout: 120_000,
    programs: { good: hello },
    supervise: { workers: 3 },
    async primary({ cluster, supervisor, port }) {
      let [answered, isOver, last, scrapes] = [0, false, await scrape(supervisor), 0];
      const scraper = (async () => {
        while (!isOver) {
          const next = await scrape(supervisor);
          assertGrown(last, next);
          [last, scrapes] = [next, scrapes + 1];
          await sleep(5);
        }
      })();
      const clients = Array.from({ length: 6 }, async () => {
        while (!isOver) {
          // A worker that is killed takes along what it has claimed and not answered.
          const text = await read(port).catch(() => '');
          if (text === 'hello') answered++;
        }
      });
      await supervisor.reload();
      for (let round = 0; round < 4; round++) {
        const killed = comes(supervisor, round % 3, 'ready');
        workerOf({ cluster, supervisor }, round % 3).process.kill('SIGKILL');
        await killed;
      }
      await supervisor.reload();
      await supervisor.scale(1);
      await supervisor.scale(2);
      isOver = true;
      await Promise.all([scraper, ...clients]);
      assert.ok(scrapes > 20, `${scrapes}`);
      // The reactor has seen the end of all that are gone, and all claims of the others.
      let families;
      const isExact = async () => {
        families = await scrape(supervisor);
        return sum(families, CLAIMED) === sum(families, WAITS);
      };
      assert.ok(await eventually(isExact), `${sum(families, CLAIMED)} claims, ${sum(families, WAITS)} waits`);
      const of = (what) => sum(families, `rs_cluster_worker_connections_${what}_total`);
      assert.strictEqual(of('offered'), of('claimed') + of('refused') + of('revoked'));
      assert.strictEqual(of('redispatched'), of('refused') + of('revoked'));
      assert.strictEqual(of('claimed'), sum(families, 'rs_cluster_connections_accepted_total'));
      assert.ok(of('claimed') >= answered);
      const restarts = (reason) => sum(families, 'rs_cluster_worker_restarts_total', { reason });
      assert.deepStrictEqual([restarts('crash'), restarts('reload')], [4, 6]);
      assert.strictEqual(sum(families, 'rs_cluster_reloads_total', { result: 'success' }), 2);
      assert.ok(
        sum(families, CLAIMED, { worker: '2' }) > 0,
        'slot 2 is gone, and what it has counted is not',
      );
      assert.strictEqual(families.get('rs_cluster_worker_connections_open').samples.length, 2);
    },
  },
);

async function eventually(isSo) {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return true;
    await sleep(20);
  }
  return false;
}

/** How many connections a worker below claims. */
const EACH = 8;

/** Dies with its last connection, and the primary is stopped meanwhile: so it has not seen the claim before it sees the end. */
function dieUnseen() {
  const { ppid } = process;
  let count = 0;
  // When this worker has ended, so does the pipe that `cat` reads.
  const script = `cat; sleep 0.2; kill -CONT ${ppid}`;
  const helper = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  helper.unref();
  /** @type {any} */ (helper.stdin).unref();
  net
    .createServer((socket) => {
      // It is quick now: the primary looks at claims two milliseconds after the offer.
      if (++count < EACH) {
        socket.end('hello');
        return;
      }
      process.kill(ppid, 'SIGSTOP');
      process.kill(process.pid, 'SIGKILL');
    })
    .listen(0, '127.0.0.1');
}

supervises('what a worker claims between the last look and its death is counted', {
  programs: { good: dieUnseen },
  supervise: { workers: 1, backoff: 1, maxBackoff: 1 },
  async primary({ supervisor, port }) {
    const ROUNDS = 10;
    const MANY = ROUNDS * EACH;
    for (let round = 0; round < ROUNDS; round++) {
      const ready = comes(supervisor, 0, 'ready');
      for (let count = 0; count < EACH; count++) await read(port).catch(() => '');
      await ready;
    }
    let families;
    const isExact = async () => {
      families = await scrape(supervisor);
      return sum(families, CLAIMED) === MANY;
    };
    assert.ok(await eventually(isExact), `${sum(families, CLAIMED)} of ${MANY}`);
    assert.strictEqual(sum(families, WAITS), MANY);
    assert.strictEqual(sum(families, 'rs_cluster_connections_accepted_total'), MANY);
  },
});

supervises('blocked workers delay nothing: how long they are blocked, and how many clients wait, is told', {
  programs: {
    good: () =>
      net
        .createServer((socket) => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
          socket.end();
        })
        .listen(0, '127.0.0.1'),
  },
  supervise: { workers: 1 },
  async primary({ supervisor, port }) {
    const answered = [read(port), read(port), read(port)];
    await sleep(500);
    await supervisor.metrics(); // It probes, which tells since when.
    await sleep(300);
    const before = performance.now();
    const families = await scrape(supervisor);
    assert.ok(performance.now() - before < 200);
    assert.ok(sum(families, 'rs_cluster_worker_eventloop_blocked_seconds') >= 0.2);
    const waiting = sum(families, 'rs_cluster_connections_waiting');
    assert.ok(waiting >= 1 && waiting <= 2, `${waiting}`);
    await Promise.all(answered);
    let after;
    assert.ok(await eventually(async () => sum((after = await scrape(supervisor)), WAITS) === 3));
    const le = (bound) => sum(after, 'rs_cluster_queue_wait_seconds_bucket', { le: bound });
    assert.ok(le('10') > le('1'), 'the others have waited longer than a second');
    assert.ok(sum(after, 'rs_cluster_queue_wait_seconds_sum') > 2.5);
  },
});

supervises('the time in which an event loop is busy is counted, also of workers that are gone', {
  programs: {
    good() {
      serve();
      setInterval(() => {
        for (const end = performance.now() + 30; performance.now() < end;);
      }, 50);
    },
  },
  supervise: { workers: 1 },
  async primary({ supervisor }) {
    const busy = async () => sum(await scrape(supervisor), 'rs_cluster_worker_eventloop_busy_seconds_total');
    assert.ok(await eventually(async () => (await busy()) > 0.5));
    await supervisor.reload();
    const after = await busy();
    assert.ok(after > 0.5, `${after}`);
    assert.ok(await eventually(async () => (await busy()) > after + 0.2));
  },
});

supervises('a reload that fails is counted, and the next one that succeeds is told', {
  programs: { broken: () => process.exit(7) },
  supervise: { workers: 1 },
  async primary({ supervisor }) {
    supervisor.on('reloadFailed', () => {});
    const told = async () => {
      const families = await scrape(supervisor);
      const reloads = (result) => sum(families, 'rs_cluster_reloads_total', { result });
      return [reloads('success'), reloads('failure'), sum(families, 'rs_cluster_last_reload_success')];
    };
    assert.deepStrictEqual(await told(), [0, 0, 1]);
    run('broken');
    await assert.rejects(supervisor.reload(), { code: 'ERR_RS_CLUSTER_RELOAD' });
    assert.deepStrictEqual(await told(), [0, 1, 0]);
    run('good');
    await supervisor.reload();
    assert.deepStrictEqual(await told(), [1, 1, 1]);
    assert.ok(await settled(() => supervisor.state === 'ready'));
  },
});
