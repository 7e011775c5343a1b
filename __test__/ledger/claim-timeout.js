'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

/** More than are ever in flight to one worker. */
const COUNT = 20;

/** Longer than anything takes that does not wait for the blocked worker, in ms. */
const BLOCKED = 3000;

function server(cluster) {
  net
    .createServer((socket) => {
      socket.once('data', (data) => {
        socket.end(`${cluster.worker.id}`);
        if (String(data) === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED);
      });
    })
    .listen(0, '127.0.0.1');
}

/** The answer comes, and then its worker is blocked. */
async function block(port) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write('block');
  const [id] = await once(socket, 'data');
  socket.destroy();
  return id;
}

const ask = (port) =>
  new Promise((resolve, reject) => {
    let text = '';
    net
      .connect(port, '127.0.0.1', function () {
        this.write('answer');
      })
      .on('data', (data) => (text += data))
      .on('end', () => resolve(text))
      .on('error', reject);
  });

scenario('what a blocked worker was offered is answered by another at once, and none twice', {
  skipBuiltin: 'they wait until the worker runs again',
  async primary(cluster) {
    cluster.setupPrimary({ claimTimeout: 5 });
    const { port, workers } = await listening(cluster, 2);
    const blocked = await block(port);
    const start = Date.now();
    const answers = await Promise.all(Array.from({ length: COUNT }, () => ask(port)));
    assert.ok(Date.now() - start < BLOCKED / 2, 'some waited for the blocked worker');
    const other = blocked === '1' ? '2' : '1';
    assert.deepStrictEqual(new Set(answers), new Set([other]));

    // The figures need no answer from a worker that is blocked.
    const { accepted, queued, workers: each } = cluster.stats();
    assert.ok(Date.now() - start < BLOCKED / 2);
    assert.deepStrictEqual([accepted, queued], [COUNT + 1, 0]);
    assert.strictEqual(each[other].claimed, COUNT);
    assert.ok(each[blocked].revoked >= 1);
    assert.strictEqual(each[other].redispatched, each[blocked].revoked);
    assert.deepStrictEqual([each[blocked].claimed, each[blocked].inFlight], [1, 0]);

    // It is back: it takes its turns again.
    const seen = new Set();
    while (seen.size < 2) seen.add(await ask(port));

    cluster.disconnect();
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker: server,
});

scenario('with claimTimeout 0, what a blocked worker was offered stays with it', {
  skipBuiltin: 'it has no such setting',
  async primary(cluster) {
    cluster.setupPrimary({ claimTimeout: 0 });
    const { port } = await listening(cluster, 2);
    const blocked = await block(port);
    const answers = await Promise.all(Array.from({ length: COUNT }, () => ask(port)));
    assert.ok(answers.includes(blocked));
    assert.strictEqual(cluster.stats().workers[blocked].revoked, 0);
    cluster.disconnect();
  },
  worker: server,
});

scenario('the only worker is blocked: nothing is lost', {
  async primary(cluster) {
    cluster.setupPrimary({ claimTimeout: 5 });
    const { port } = await listening(cluster, 1);
    await block(port);
    const answers = await Promise.all(Array.from({ length: COUNT }, () => ask(port)));
    assert.deepStrictEqual(new Set(answers), new Set(['1']));
    cluster.disconnect();
  },
  worker: server,
});

scenario('a claimTimeout that is no number of milliseconds is refused by the first fork', {
  skipBuiltin: 'it has no such setting',
  primary(cluster) {
    const says = (pattern) => ({ code: 'ERR_OUT_OF_RANGE', name: 'RangeError', message: pattern });
    for (const claimTimeout of [
      -1,
      1.5,
      NaN,
      'soon',
      Infinity,
      2 ** 31,
      true,
      [],
      [5],
      {},
      '',
      ' ',
      '0x5',
      Symbol('s'),
    ]) {
      cluster.setupPrimary({ claimTimeout });
      assert.throws(
        () => cluster.fork(),
        says(/^The value of "claimTimeout" is out of range\. .*Received (?!.*environment)/),
      );
    }
    cluster.setupPrimary({ claimTimeout: undefined });
    for (const value of ['-1', '1.5', 'soon', '2147483648', ' ']) {
      process.env.RS_CLUSTER_CLAIM_TIMEOUT = value;
      const from = `Received '${value}' from the environment variable RS_CLUSTER_CLAIM_TIMEOUT`;
      assert.throws(() => cluster.fork(), says(new RegExp(`"claimTimeout" is out of range\\. .*${from}$`)));
    }
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
  worker() {},
});
