'use strict';

// What systemd hears of a supervisor with `notify`, by a socket of datagrams as systemd has it.

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const { RUN, scenario, temporaryPath } = require('../harness');
const { run, serve, skipBuiltin } = require('../fixtures/supervises');
const { Systemd, env, now } = require('../fixtures/systemd');

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/**
 * A scenario in which systemd listens, and may want to hear that the process works.
 *
 * @param {string} name
 * @param {object} options of `scenario()`, and:
 * @param {string} [options.address] NOTIFY_SOCKET
 * @param {object} [options.variables] others of systemd's
 * @param {(of: { cluster, supervisor, systemd: Systemd }) => unknown} options.primary begins before the workers are ready
 */
function notifies(name, { address, variables, primary, worker, ...options }) {
  scenario(name, {
    skipBuiltin,
    env: env(),
    worker: worker ?? (() => programs[process.env.RS_TEST_PROGRAM ?? 'good']()),
    ...options,
    async primary(cluster) {
      const systemd = await Systemd.listen(address ?? temporaryPath('notify'));
      Object.assign(process.env, variables);
      const supervisor = cluster.supervise({ workers: 2, idleGrace: 100, minUptime: 200, notify: true });
      await primary({ cluster, supervisor, systemd });
      await supervisor.stop();
      await systemd.end();
    },
  });
}

const programs = {
  good: () => serve(),
  broken: () => process.exit(7),
  blocked() {
    serve();
    process.on('message', (ms) => block(ms));
  },
};

/** What was said, without the texts and the number. */
const said = ({ heard }) =>
  heard
    .map(({ states }) =>
      states.filter((state) => !state.startsWith('STATUS=')).map((state) => state.split('=')[0]),
    )
    .filter((states) => states.length > 0);

notifies('it tells of the start, of each reload, and of the end, in this order', {
  async primary({ supervisor, systemd }) {
    await supervisor.ready;
    await systemd.hears('READY=1');
    assert.deepStrictEqual(said(systemd), [['EXTEND_TIMEOUT_USEC'], ['READY']]);

    const before = process.hrtime.bigint() / 1000n;
    await supervisor.reload();
    const after = process.hrtime.bigint() / 1000n;
    await systemd.hears('READY=1', 2);
    const [time] = systemd.all('MONOTONIC_USEC=').map((state) => BigInt(state.split('=')[1]));
    assert.ok(time >= before && time <= after, `${before} ${time} ${after}`);

    run('broken');
    supervisor.on('reloadFailed', () => {});
    await assert.rejects(supervisor.reload(), { code: 'ERR_RS_CLUSTER_RELOAD' });
    await systemd.hears('READY=1', 3);
    await supervisor.stop();
    await systemd.hears('STATUS=stopped');
    const reload = [['RELOADING', 'MONOTONIC_USEC', 'EXTEND_TIMEOUT_USEC'], ['READY']];
    assert.deepStrictEqual(said(systemd), [
      ['EXTEND_TIMEOUT_USEC'],
      ['READY'],
      ...reload,
      ...reload,
      ['STOPPING', 'EXTEND_TIMEOUT_USEC'],
    ]);
  },
});

notifies('STATUS tells in words how many workers are ready', {
  async primary({ supervisor, systemd }) {
    await supervisor.ready;
    await supervisor.reload();
    await supervisor.scale(3);
    await systemd.hears('STATUS=3 of 3 workers ready, generation 2');
    await supervisor.stop();
    await systemd.hears('STATUS=stopped');
    const texts = systemd.all('STATUS=');
    assert.strictEqual(texts[0], 'STATUS=0 of 2 workers ready, generation 1');
    for (const text of [
      'STATUS=2 of 2 workers ready, generation 1',
      'STATUS=reloading: 2 of 2 workers ready, generation 2',
      'STATUS=2 of 3 workers ready, generation 2',
      'STATUS=stopping, workers that remain: 3',
    ]) {
      assert.ok(texts.includes(text), `${text} in ${texts.join('; ')}`);
    }
    // It is said when it changes.
    for (const [at, text] of texts.entries()) assert.notStrictEqual(text, texts[at + 1]);
  },
});

notifies(
  'a reload before all workers are ready is no reload for systemd, and what a stop ends is not ready again',
  {
    async primary({ supervisor, systemd }) {
      const early = supervisor.reload();
      await supervisor.ready;
      await early;
      await systemd.hears('READY=1');
      assert.deepStrictEqual(systemd.all('RELOADING'), []);
      const reload = supervisor.reload();
      await systemd.hears('RELOADING=1');
      await supervisor.stop();
      await assert.rejects(reload);
      await systemd.hears('STATUS=stopped');
      const all = systemd.all('');
      assert.ok(!all.slice(all.indexOf('STOPPING=1')).includes('READY=1'), all.join('; '));
    },
  },
);

scenario('a reload that fails is still a process warning if only systemd is told', {
  skipBuiltin,
  env: env(),
  async primary(cluster) {
    const systemd = await Systemd.listen(temporaryPath('notify'));
    const supervisor = cluster.supervise({ workers: 1, idleGrace: 100, notify: true });
    await supervisor.ready;
    run('broken');
    const warning = once(process, 'warning');
    await assert.rejects(supervisor.reload());
    assert.strictEqual((await warning)[0].code, 'ERR_RS_CLUSTER_RELOAD');
    await supervisor.stop();
    await systemd.end();
  },
  worker: () => programs[process.env.RS_TEST_PROGRAM ?? 'good'](),
});

notifies('the watchdog is fed while workers are blocked, and not while the primary is', {
  variables: { WATCHDOG_USEC: '200000' },
  worker: programs.blocked,
  async primary({ cluster, supervisor, systemd }) {
    const fed = (from, to) =>
      systemd.heard.filter(({ time, states }) => states[0] === 'WATCHDOG=1' && time > from && time < to)
        .length;
    await supervisor.ready;
    const since = now();
    for (const worker of Object.values(cluster.workers)) worker.send(1500);
    await wait(1500);
    const whileWorkers = [since, now()];

    // A turn of the thread may be under way.
    const blocked = [now() + 300, now() + 2000];
    block(2000);
    await systemd.hears('WATCHDOG=1', 1 + systemd.all('WATCHDOG=1').length);
    await wait(500);
    const afterwards = [blocked[1], now()];
    // Each half of what WATCHDOG_USEC says, if the machine has time.
    assert.ok(fed(...whileWorkers) >= 5 && fed(...whileWorkers) <= 16, `${fed(...whileWorkers)}`);
    assert.strictEqual(fed(...blocked), 0);
    assert.ok(fed(...afterwards) >= 1);
  },
});

for (const [why, variables, isFed] of [
  ['is for another process', { WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' }, false],
  ['is not there', {}, false],
  ['is no number', { WATCHDOG_USEC: 'soon' }, false],
  ['is for this process', { WATCHDOG_USEC: '100000', WATCHDOG_PID: `${process.pid}` }, true],
]) {
  notifies(`a watchdog that ${why} is ${isFed ? '' : 'not '}fed`, {
    variables,
    async primary({ supervisor, systemd }) {
      await supervisor.ready;
      await systemd.hears('READY=1');
      if (isFed) await systemd.hears('WATCHDOG=1', 2);
      else await wait(300);
      assert.strictEqual(systemd.all('WATCHDOG=1').length > 0, isFed);
    },
  });
}

/** Those of systemd. */
const VARIABLES = /^(NOTIFY_SOCKET|WATCHDOG_\w+)=/;

const environment = () =>
  execFileSync('env', { encoding: 'utf8' })
    .split('\n')
    .filter((line) => VARIABLES.test(line));

notifies('no variable of systemd reaches a worker, or a program that it or the primary starts', {
  variables: { WATCHDOG_USEC: '60000000', WATCHDOG_PID: `${process.pid}` },
  worker() {
    const own = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
    process.send([own.filter((line) => VARIABLES.test(line)), environment()], () => serve());
  },
  async primary({ cluster, supervisor }) {
    const [, [own, ofChild]] = await once(cluster, 'message');
    assert.deepStrictEqual([own, ofChild, environment()], [[], [], []]);
    await supervisor.ready;
  },
});

notifies('an abstract socket is reached as well', {
  address: `@rs-cluster-test-${RUN}`,
  async primary({ supervisor, systemd }) {
    await supervisor.ready;
    await systemd.hears('READY=1');
  },
});

notifies('a later supervisor tells the same systemd', {
  async primary({ cluster, supervisor, systemd }) {
    await supervisor.ready;
    await supervisor.stop();
    const next = cluster.supervise({ workers: 1, notify: true });
    await next.ready;
    await systemd.hears('READY=1', 2);
    await next.stop();
  },
});

notifies('what systemd has no time to read comes later, in order', {
  async primary({ supervisor, systemd }) {
    await supervisor.ready;
    await systemd.hears('READY=1');
    systemd.kill('SIGSTOP');
    // More than the kernel queues, which is 10 by default; 512 with systemd.
    for (let generation = 2; generation <= 5; generation++) {
      const told = once(supervisor, 'reload');
      supervisor.reload();
      await told;
    }
    systemd.kill('SIGCONT');
    await systemd.hears('READY=1', 5);
    const order = said(systemd).map(([first]) => first);
    assert.deepStrictEqual(order.slice(0, 6), [
      'EXTEND_TIMEOUT_USEC',
      'READY',
      'RELOADING',
      'READY',
      'RELOADING',
      'READY',
    ]);
  },
});

for (const [what, address] of [
  ['that is missing', '/nonexistent/notify'],
  ['of another kind', 'vsock:2:9999'],
]) {
  scenario(`a socket ${what} does no harm`, {
    skipBuiltin,
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: '20000', NODE_DEBUG: 'rs-cluster' },
    async primary(cluster) {
      const supervisor = cluster.supervise({ workers: 1, idleGrace: 100, notify: true });
      await supervisor.ready;
      await supervisor.reload();
      await wait(50);
      await supervisor.stop();
    },
    worker: () => serve(),
    check({ code, stderr }) {
      assert.strictEqual(code, 0, stderr);
      assert.match(stderr, /systemd: cannot be told /);
    },
  });
}

scenario('without `notify`, the socket stays the program’s own', {
  skipBuiltin,
  env: { NOTIFY_SOCKET: '/nonexistent/notify' },
  async primary(cluster) {
    const supervisor = cluster.supervise({ workers: 1, idleGrace: 100 });
    await supervisor.ready;
    await supervisor.stop();
    assert.strictEqual(process.env.NOTIFY_SOCKET, '/nonexistent/notify');
  },
  worker: () => serve(),
});
