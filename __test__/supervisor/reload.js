'use strict';

// `reload()`: one worker after another, the canary first, and what becomes of it if a new worker fails.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { comes, rows, run, serve, supervises, workerOf } = require('../fixtures/supervises');

/** A client that keeps its connection. Sends one request after another until it is stopped. */
function client(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const state = { isOver: false, answered: 0, pids: new Set(), failed: [] };
  const done = (async () => {
    while (!state.isOver) {
      try {
        const [response] = await once(http.get({ port, agent, host: '127.0.0.1' }), 'response');
        for await (const text of response.setEncoding('utf8')) state.pids.add(text);
        state.answered++;
      } catch (error) {
        state.failed.push(error.code);
      }
    }
    agent.destroy();
  })();
  return {
    state,
    async stop() {
      state.isOver = true;
      await done;
      return state;
    },
  };
}

supervises('a reload replaces all workers, and loses no request', {
  supervise: { idleGrace: undefined },
  async primary({ supervisor, port }) {
    const events = [];
    supervisor.on('reloading', (generation) => events.push(['reloading', generation]));
    supervisor.on('reload', (result) => events.push(['reload', result]));
    const clients = Array.from({ length: 8 }, () => client(port));
    const before = new Set(supervisor.status().workers.map(({ pid }) => pid));
    const reload = supervisor.reload();
    assert.strictEqual(supervisor.state, 'reloading');
    const result = await reload;
    assert.strictEqual(supervisor.state, 'ready');
    const { ms, ...counts } = result;
    assert.ok(ms > 0);
    assert.deepStrictEqual(counts, { generation: 2, replaced: 2, killed: 0 });
    assert.deepStrictEqual(rows(supervisor), ['0 ready 2', '1 ready 2']);
    for (const { pid, restarts, lastExit } of supervisor.status().workers) {
      assert.ok(!before.has(pid));
      assert.deepStrictEqual([restarts, lastExit], [1, 'exit code 0']);
    }
    await new Promise(setImmediate);
    assert.deepStrictEqual(events, [
      ['reloading', 2],
      ['reload', result],
    ]);
    for (const each of clients) {
      const { failed, answered } = await each.stop();
      assert.deepStrictEqual(failed, []);
      assert.ok(answered > 0);
    }
  },
});

/** Programs that must not replace the good one: how each fails, as the error says it. */
const BROKEN = {
  'does not compile': {
    program: () => new Function('{{{'),
    expected: { exitCode: 1, signal: null, timedOut: false },
    message: /ended with exit code 1. Its last words:\n[^]*SyntaxError/,
  },
  'exits before it listens': {
    program: () => process.stderr.write('no database\n', () => process.exit(3)),
    expected: { exitCode: 3, signal: null, timedOut: false },
    message: /ended with exit code 3. Its last words:\nno database$/,
  },
  'exits with code 0': {
    program: () => process.exit(0),
    expected: { exitCode: 0, signal: null, timedOut: false },
    message: /ended with exit code 0/,
  },
  'never listens': {
    program: () => setInterval(() => {}, 1000),
    expected: { exitCode: null, signal: null, timedOut: true },
    message: /was not ready in time/,
  },
  'is blocked before it listens': {
    program: () => {
      for (;;);
    },
    expected: { exitCode: null, signal: null, timedOut: true },
    message: /was not ready in time/,
  },
  'is killed': {
    program: () => process.kill(process.pid, 'SIGKILL'),
    expected: { exitCode: null, signal: 'SIGKILL', timedOut: false },
    message: /ended with signal SIGKILL/,
  },
};

for (const [how, { program, expected, message }] of Object.entries(BROKEN)) {
  supervises(`a new program that ${how} is not loaded, and the old one serves on`, {
    supervise: { readyTimeout: 5000 },
    programs: { broken: program },
    async primary({ supervisor, port }) {
      const before = supervisor.status().workers.map(({ pid }) => pid);
      const each = client(port);
      const failed = once(supervisor, 'reloadFailed');
      run('broken');
      const error = await supervisor.reload().then(assert.fail, (reason) => reason);
      assert.strictEqual((await failed)[0], error);
      assert.strictEqual(error.code, 'ERR_RS_CLUSTER_RELOAD');
      assert.match(error.message, message);
      const { slot, exitCode, signal, timedOut } = error;
      assert.deepStrictEqual({ exitCode, signal, timedOut }, expected);
      assert.strictEqual(slot, 0);
      assert.strictEqual(supervisor.state, 'ready');
      const after = supervisor.status().workers.filter(({ state }) => state === 'ready');
      assert.deepStrictEqual(
        after.map(({ pid }) => pid),
        before,
      );
      assert.deepStrictEqual((await each.stop()).failed, []);
      run('good');
      assert.strictEqual((await supervisor.reload()).replaced, 2);
    },
  });
}

supervises('a new program that dies soon after it listens is not loaded everywhere', {
  supervise: { minUptime: 5000 },
  programs: { broken: () => serve().on('listening', () => process.on('message', () => process.exit(1))) },
  async primary({ cluster, supervisor }) {
    run('broken');
    const canary = comes(supervisor, 0, 'ready');
    const second = comes(supervisor, 1, 'starting');
    const reload = supervisor.reload();
    const [worker] = await canary;
    await second;
    run('good');
    worker.send('exit');
    const error = await reload.then(assert.fail, (reason) => reason);
    assert.deepStrictEqual([error.code, error.slot, error.exitCode], ['ERR_RS_CLUSTER_RELOAD', 0, 1]);
    assert.strictEqual(supervisor.state, 'degraded');
    await comes(supervisor, 0, 'ready');
    assert.deepStrictEqual(Object.keys(cluster.workers).length >= 2, true);
    await supervisor.reload();
    assert.strictEqual(supervisor.state, 'ready');
  },
});

supervises('a reload that fails and is handled by nobody is a warning', {
  programs: { broken: () => process.exit(1) },
  async primary({ supervisor }) {
    const warning = once(process, 'warning');
    run('broken');
    supervisor.reload();
    const [{ code, message }] = await warning;
    assert.strictEqual(code, 'ERR_RS_CLUSTER_RELOAD');
    assert.match(message, /the worker of slot 0 \(id 3\)/);
  },
});

supervises('settings that come with a reload stay if it succeeds, and go if it fails', {
  async primary({ cluster, supervisor }) {
    const { exec } = cluster.settings;
    const said = [];
    cluster.on('setup', ({ args }) => said.push(args[0]));
    await supervisor.reload({ settings: { args: ['second'] } });
    assert.deepStrictEqual([cluster.settings.exec, cluster.settings.args], [exec, ['second']]);
    const missing = supervisor.reload({ settings: { exec: '/missing.js', cwd: '/' } });
    const error = await missing.then(assert.fail, (reason) => reason);
    assert.match(error.stderr, /Cannot find module '\/missing.js'/);
    assert.deepStrictEqual([cluster.settings.exec, cluster.settings.args], [exec, ['second']]);
    assert.strictEqual(cluster.settings.cwd, undefined);
    assert.strictEqual(supervisor.state, 'ready');
    await supervisor.reload();
  },
});

supervises('if a reload with settings fails halfway, all workers get the former ones back', {
  supervise: { minUptime: 5000 },
  async primary({ cluster, supervisor }) {
    const canary = comes(supervisor, 0, 'ready');
    const second = comes(supervisor, 1, 'starting');
    const reload = supervisor.reload({ settings: { args: ['new'] } });
    await canary;
    const [worker] = await second;
    assert.deepStrictEqual(worker.process.spawnargs.slice(-1), ['new']);
    const back = comes(supervisor, 0, 'starting');
    worker.process.kill('SIGKILL');
    await assert.rejects(reload, { code: 'ERR_RS_CLUSTER_RELOAD', slot: 1 });
    const [restored, reason] = await back;
    assert.strictEqual(reason, 'rollback');
    assert.notDeepStrictEqual(restored.process.spawnargs.slice(-1), ['new']);
    await comes(supervisor, 0, 'ready');
    assert.deepStrictEqual(cluster.settings.args, []);
    assert.strictEqual(workerOf({ cluster, supervisor }), restored);
    assert.strictEqual(supervisor.state, 'ready');
  },
});

supervises('calls while a reload runs share the next one', {
  async primary({ supervisor }) {
    const first = supervisor.reload();
    const [second, third] = [supervisor.reload(), supervisor.reload()];
    assert.notStrictEqual(first, second);
    assert.strictEqual(second, third);
    assert.strictEqual((await first).generation, 2);
    assert.strictEqual((await second).generation, 3);
  },
});

supervises('a signal ends a reload that runs, that waits, or that has not begun', {
  async primary({ supervisor }) {
    const aborted = { name: 'AbortError', code: 'ABORT_ERR' };
    await assert.rejects(supervisor.reload({ signal: AbortSignal.abort('late') }), {
      ...aborted,
      cause: 'late',
    });
    assert.strictEqual(supervisor.state, 'ready');

    const [running, waiting] = [new AbortController(), new AbortController()];
    const started = comes(supervisor, 0, 'starting');
    const first = supervisor.reload({ signal: running.signal });
    const second = supervisor.reload({ signal: waiting.signal });
    await started;
    waiting.abort('not wanted');
    await assert.rejects(second, { ...aborted, cause: 'not wanted' });
    assert.strictEqual(supervisor.state, 'reloading');
    running.abort();
    await assert.rejects(first, aborted);
    assert.strictEqual(supervisor.state, 'ready');
    assert.strictEqual((await supervisor.reload({ signal: new AbortController().signal })).replaced, 2);
  },
});

supervises('an old worker that is blocked for ever is killed, and the reload goes on', {
  supervise: { workers: 1, drainTimeout: 200, killTimeout: 200 },
  programs: {
    good() {
      serve();
      process.on('SIGTERM', () => {});
      process.on('message', () => {
        process.send('blocked', () => {
          for (;;);
        });
      });
    },
  },
  async primary({ cluster, supervisor }) {
    const worker = workerOf({ cluster, supervisor });
    const blocked = once(worker, 'message');
    worker.send('block');
    await blocked;
    const { replaced, killed, ms } = await supervisor.reload();
    assert.deepStrictEqual([replaced, killed], [1, 1]);
    assert.ok(ms >= 600 && ms < 5000, `${ms} ms`);
    assert.strictEqual(worker.process.signalCode, 'SIGKILL');
  },
});

supervises('an old worker that crashes while it drains does not end the reload', {
  programs: {
    good(cluster) {
      serve();
      cluster.worker.on('drain', () => process.kill(process.pid, 'SIGKILL'));
    },
  },
  async primary({ supervisor }) {
    const { replaced, killed } = await supervisor.reload();
    assert.deepStrictEqual([replaced, killed], [2, 0]);
  },
});

supervises('surge is how many are replaced at once, after the canary', {
  supervise: { workers: 4, surge: '100%' },
  async primary({ cluster, supervisor }) {
    let most = 0;
    supervisor.on('worker', () => (most = Math.max(most, supervisor.status().workers.length)));
    const canary = comes(supervisor, 0, 'ready');
    const reload = supervisor.reload();
    assert.strictEqual(Object.keys(cluster.workers).length, 5);
    await canary;
    await reload;
    assert.strictEqual(most, 8);
  },
});

supervises('a reload with settings that cannot be used fails, and the next one does not', {
  async primary({ cluster, supervisor }) {
    const before = cluster.settings;
    const unreadable = {
      get args() {
        throw new Error('no arguments');
      },
    };
    for (const [settings, message] of [
      [unreadable, /^no arguments$/],
      [{ execArgv: null }, /null/],
    ]) {
      await assert.rejects(supervisor.reload({ settings }), { message });
      assert.deepStrictEqual(cluster.settings, before);
    }
    const { replaced } = await supervisor.reload();
    assert.strictEqual(replaced, 2);
  },
});
