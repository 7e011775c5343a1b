'use strict';

// Workers that hang, grow, are old or have served enough are replaced, never all at once.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const http2 = require('node:http2');
const { settled } = require('../harness');
const { comes, serve, supervises, workerOf } = require('../fixtures/supervises');

const get = (port) =>
  new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1' }, (response) => response.resume().on('end', resolve))
      .on('error', reject);
  });

/** A request over a session of its own. */
async function get2(port) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request();
  await once(stream.resume(), 'end');
  session.close();
}

for (const [name, make, send] of [
  ['HTTP/1', http.createServer, get],
  ['HTTP/2', http2.createServer, get2],
]) {
  supervises(`a worker that has served enough requests of ${name} is replaced without losing one`, {
    supervise: { workers: 1, maxRequests: 20 },
    programs: {
      good: () => make((request, response) => response.end('answer')).listen(0, '127.0.0.1'),
    },
    async primary({ supervisor, port }) {
      const started = comes(supervisor, 0, 'starting');
      const gone = comes(supervisor, 0, 'gone');
      let isReplaced = false;
      started.then(() => (isReplaced = true));
      let requests = 0;
      for (; !isReplaced; requests++) await send(port);
      assert.strictEqual((await started)[1], 'requests');
      assert.ok(requests >= 16 && requests < 500, `${requests} requests`);
      await gone;
      await send(port);
    },
  });
}

supervises('a worker that grows too large is replaced', {
  supervise: { workers: 1, maxMemory: 150 * 2 ** 20 },
  programs: {
    good() {
      const leak = [];
      serve();
      process.on('message', () => leak.push(Buffer.alloc(200 * 2 ** 20, 1)));
    },
  },
  async primary({ cluster, supervisor }) {
    const worker = workerOf({ cluster, supervisor });
    const replaced = comes(supervisor, 0, 'starting');
    worker.send('grow');
    assert.strictEqual((await replaced)[1], 'memory');
    const [gone, how] = await comes(supervisor, 0, 'gone');
    assert.deepStrictEqual([gone, how], [worker, 'exit code 0']);
    assert.ok(supervisor.status().workers[0].rss < 150 * 2 ** 20);
  },
});

supervises('workers that are too old are replaced, one after the other', {
  supervise: { workers: 3, maxLifetime: 500 },
  async primary({ supervisor }) {
    let most = 0;
    const reasons = new Set();
    supervisor.on('worker', (worker, state, reason) => {
      if (state === 'starting') reasons.add(reason);
      most = Math.max(most, supervisor.status().workers.length);
    });
    const all = [0, 1, 2].map((slot) => comes(supervisor, slot, 'gone'));
    for (const [, how] of await Promise.all(all)) assert.strictEqual(how, 'exit code 0');
    assert.strictEqual(most, 4);
    assert.deepStrictEqual([...reasons], ['lifetime']);
  },
});

/** How a worker can hang. */
const HANGS = {
  'is blocked in a timer': () => {
    process.on('message', () => setTimeout(() => forever()));
  },
  'is blocked in a request': () => {
    process.on('message', () => {});
  },
  'is blocked in a microtask': () => {
    process.on('message', () => Promise.resolve().then(forever));
  },
};

function forever() {
  for (;;);
}

for (const [how, program] of Object.entries(HANGS)) {
  supervises(`a worker that ${how} is killed and replaced`, {
    supervise: { workers: 2, hangTimeout: 1000 },
    programs: {
      good() {
        http
          .createServer((request, response) => (request.url === '/hang' ? forever() : response.end('answer')))
          .listen(0, '127.0.0.1');
        program();
      },
    },
    async primary({ cluster, supervisor, port }) {
      const gone = [0, 1].map((slot) => comes(supervisor, slot, 'gone'));
      if (how === 'is blocked in a request') {
        http.get({ port, host: '127.0.0.1', path: '/hang' }).on('error', () => {});
      } else {
        workerOf({ cluster, supervisor }, 1).send('hang');
      }
      const [worker, reason] = await Promise.race(gone);
      assert.strictEqual(reason, 'signal SIGKILL');
      await comes(supervisor, worker.slot, 'ready');
      await get(port);
      const others = supervisor.status().workers.filter(({ slot }) => slot !== worker.slot);
      assert.deepStrictEqual(
        others.map(({ restarts }) => restarts),
        [0],
      );
    },
  });
}

supervises('a worker that is stopped by a signal hangs', {
  supervise: { workers: 2, hangTimeout: 1000 },
  async primary({ cluster, supervisor, port }) {
    const killed = comes(supervisor, 0, 'killed');
    workerOf({ cluster, supervisor }).process.kill('SIGSTOP');
    assert.strictEqual((await killed)[1], 'hang');
    await comes(supervisor, 0, 'ready');
    await get(port);
  },
});

supervises('a worker that hangs is killed, whatever answers on a port of its own', {
  supervise: { workers: 1, hangTimeout: 200 },
  programs: {
    good() {
      const { Worker } = require('node:worker_threads');
      const answer =
        'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: other\\r\\nConnection: upgrade\\r\\n\\r\\n';
      const code = `require('node:net').createServer((socket) => socket.on('error', () => {}).write('${answer}'))
        .listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage('listens'));`;
      new Worker(code, { eval: true }).once('message', () => serve());
      process.on('message', () => {
        for (;;);
      });
    },
  },
  async primary({ cluster, supervisor }) {
    const killed = comes(supervisor, 0, 'killed');
    workerOf({ cluster, supervisor }).send('hang');
    assert.strictEqual((await killed)[1], 'hang');
    await comes(supervisor, 0, 'ready');
  },
});

supervises('a worker that is debugged may stand still', {
  // Longer than it takes to open the inspector on a busy machine.
  supervise: { workers: 1, hangTimeout: 1000 },
  programs: {
    good() {
      serve();
      const inspector = require('node:inspector');
      process.on('message', () => {
        inspector.open(0, '127.0.0.1');
        process.send('open', () => {
          for (const end = Date.now() + 4000; Date.now() < end;);
          // As soon as it has closed, the worker may be killed.
          process.send('closes', () => {
            inspector.close();
            forever();
          });
        });
      });
    },
  },
  async primary({ cluster, supervisor }) {
    const said = [];
    cluster.on('message', (worker, message) => said.push(message));
    const killed = comes(supervisor, 0, 'killed');
    workerOf({ cluster, supervisor }).send('debug');
    assert.strictEqual((await killed)[1], 'hang');
    assert.deepStrictEqual(said, ['open', 'closes']);
  },
});

supervises('a worker that is busy, and whose event loop turns, does not hang', {
  supervise: { workers: 1, hangTimeout: 400, killTimeout: 100 },
  programs: {
    good() {
      serve();
      (function turn() {
        for (const end = Date.now() + 100; Date.now() < end;);
        setImmediate(turn);
      })();
    },
  },
  async primary({ supervisor }) {
    const { uptime: start } = supervisor.status().workers[0];
    assert.ok(await settled(() => supervisor.status().workers[0].uptime > start + 2500));
    assert.strictEqual(supervisor.status().workers[0].restarts, 0);
  },
});
