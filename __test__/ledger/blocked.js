'use strict';

// `stats()` says which event loop does not turn, whatever the reason is, and how busy each one is.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { scenario, listening, settled, temporaryPath } = require('../harness');

const skipBuiltin = 'it has no such function';

/** In ms: longer than an event loop takes that only has to wait for a processor. */
const LONG = 2000;
const SHORT = 500;

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Blocks the event loop until there is a file with this name. */
const block = (file) => {
  while (!fs.existsSync(file)) sleep(5);
};

/** The same, but every function returns at once. */
async function blockInMicrotasks(file) {
  while (!fs.existsSync(file)) {
    sleep(5);
    await null;
  }
}

/** What the primary of a scenario waits for. */
class Watch {
  #cluster;

  constructor(cluster) {
    this.#cluster = cluster;
  }

  /** The figures of a worker; none once it is gone. */
  of({ id }) {
    return Object(this.#cluster.stats().workers[id]);
  }

  async until(condition) {
    assert.ok(await settled(condition, 30_000), JSON.stringify(this.#cluster.stats()));
  }

  /** Two answers, because utilization is that of the time between them. */
  async haveAnswered(workers) {
    for (const worker of workers) await this.until(() => this.of(worker).utilization > 0);
  }

  isBlocked(worker, other) {
    return this.of(worker).blocked > LONG && this.of(other).blocked < SHORT;
  }

  /** It was blocked for `LONG`, and its last answer before was not much more than a second earlier. */
  async wasBusy(worker) {
    await this.until(() => this.of(worker).blocked === 0);
    assert.ok(this.of(worker).utilization > 0.5, JSON.stringify(this.#cluster.stats()));
  }

  /** All of them have nothing to do. */
  async areIdle(workers) {
    for (const worker of workers) {
      await this.until(() => this.of(worker).blocked === 0 && this.of(worker).utilization < 0.2);
    }
  }
}

/** How a message blocks a worker's event loop. */
const WAYS = {
  "in a listener for 'message'": block,
  'in the callback of a timer': (file) => setTimeout(block, 1, file),
  'in a loop of microtasks': (file) => setImmediate(blockInMicrotasks, file),
};

for (const [way, act] of Object.entries(WAYS)) {
  scenario(`a worker that is blocked ${way} is found, and was busy in that time`, {
    skipBuiltin,
    async primary(cluster) {
      const { workers } = await listening(cluster, 2);
      const watch = new Watch(cluster);
      const file = temporaryPath('go on');
      const [worker, other] = workers;
      await watch.haveAnswered(workers);
      worker.send(file);
      await watch.until(() => watch.isBlocked(worker, other));
      fs.writeFileSync(file, '');
      await watch.wasBusy(worker);
      await watch.areIdle([other]);
      cluster.disconnect();
    },
    worker() {
      net.createServer().listen(0, '127.0.0.1');
      process.once('message', act);
    },
  });
}

scenario('a worker that is blocked by a request is found, and was busy in that time', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 2);
    const watch = new Watch(cluster);
    const file = temporaryPath('go on');
    await watch.haveAnswered(workers);
    const answered = once(http.get({ port, headers: { file }, agent: false }), 'response');
    await watch.until(() => watch.isBlocked(...workers) || watch.isBlocked(...workers.slice().reverse()));
    fs.writeFileSync(file, '');
    const [response] = await answered;
    await watch.wasBusy({ id: response.headers.worker });
    response.resume();
    await watch.areIdle(workers);
    cluster.disconnect();
  },
  worker(cluster) {
    const server = http.createServer(({ headers: { file } }, response) => {
      block(file);
      response.setHeader('worker', cluster.worker.id).end();
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('a worker whose process is stopped is found', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster, 2);
    const watch = new Watch(cluster);
    const [worker, other] = workers;
    worker.process.kill('SIGSTOP');
    await watch.until(() => watch.isBlocked(worker, other));
    worker.process.kill('SIGCONT');
    await watch.areIdle(workers);
    cluster.disconnect();
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('a worker that does not leave because it is blocked is found', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 1);
    const watch = new Watch(cluster);
    const file = temporaryPath('go on');
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'data');
    const told = once(workers[0], 'message');
    const drained = workers[0].drain({ timeout: 60_000 });
    await told;
    workers[0].send(file);
    await watch.until(() => watch.of(workers[0]).blocked > LONG);
    fs.writeFileSync(file, '');
    await watch.until(() => watch.of(workers[0]).blocked === 0);
    socket.destroy();
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    net.createServer((socket) => socket.on('error', () => {}).write('hello')).listen(0, '127.0.0.1');
    cluster.worker.once('drain', () => process.send('drains'));
    process.once('message', block);
  },
});

scenario('a worker that is still loading counts as blocked from the first look on', {
  skipBuiltin,
  async primary(cluster) {
    const watch = new Watch(cluster);
    const file = temporaryPath('go on');
    const listens = once(cluster, 'listening');
    const worker = cluster.fork({ GO_ON: file });
    assert.strictEqual(watch.of(worker).blocked, 0);
    await watch.until(() => watch.of(worker).blocked > LONG);
    fs.writeFileSync(file, '');
    await listens;
    await watch.areIdle([worker]);
    cluster.disconnect();
  },
  worker() {
    block(process.env.GO_ON);
    net.createServer().listen(0, '127.0.0.1');
  },
});
