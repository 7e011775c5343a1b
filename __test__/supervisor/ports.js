'use strict';

/** Under a supervisor a port belongs to the cluster: it stays open while no worker is there. */

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { descriptors, exited, settled, temporaryPath } = require('../harness');
const { run, serve, supervises, workerOf } = require('../fixtures/supervises');

/** The answer to one request over a new connection. @returns {Promise<string>} */
function ask(where) {
  return new Promise((resolve, reject) => {
    http
      .get({ ...where, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (data) => (text += data));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

/** Whether nobody listens there. */
async function isFree(where) {
  const socket = net.connect(where);
  try {
    await once(socket, 'connect');
    return false;
  } catch ({ code }) {
    return code === 'ECONNREFUSED' || code === 'ENOENT';
  } finally {
    socket.destroy();
  }
}

for (const policy of ['rr', 'none']) {
  supervises(`a port stays open while its only worker is replaced (${policy})`, {
    env: { NODE_CLUSTER_SCHED_POLICY: policy },
    supervise: { workers: 1 },
    async primary({ cluster, supervisor, port }) {
      const where = { host: '127.0.0.1', port };
      for (let round = 0; round < 3; round++) {
        const worker = workerOf({ cluster, supervisor });
        worker.process.kill('SIGKILL');
        await exited(worker);
        // No worker is there now.
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(where)));
        const next = workerOf({ cluster, supervisor }).process.pid;
        assert.deepStrictEqual(new Set(answers), new Set([`${next}`]));
      }
      await supervisor.stop();
      assert.ok(await isFree(where), 'the supervisor has stopped');
    },
  });
}

supervises('descriptors are no more after many workers than after one', {
  supervise: { workers: 1 },
  async primary({ cluster, supervisor, port }) {
    const next = async () => {
      const worker = workerOf({ cluster, supervisor });
      worker.process.kill('SIGKILL');
      await exited(worker);
      await ask({ host: '127.0.0.1', port });
    };
    await next();
    const before = descriptors();
    for (let round = 0; round < 5; round++) await next();
    assert.ok(await settled(() => descriptors() <= before), `${before}, ${descriptors()}`);
  },
});

supervises('a reload closes the port on which the new program does not listen', {
  programs: {
    elsewhere: () =>
      http.createServer((request, response) => response.end('new')).listen(process.env.ELSEWHERE),
  },
  async primary({ supervisor, port }) {
    process.env.ELSEWHERE = temporaryPath('elsewhere');
    run('elsewhere');
    await supervisor.reload();
    assert.ok(await isFree({ host: '127.0.0.1', port }));
    const path = process.env.ELSEWHERE;
    assert.strictEqual(await ask({ socketPath: path }), 'new');
    await supervisor.stop();
    assert.ok(!fs.existsSync(path), 'its file is gone');
  },
});

supervises('a program that closes its server closes the port', {
  supervise: { workers: 1, readyWhen: 'ready' },
  programs: {
    good(cluster) {
      const server = serve();
      server.once('listening', () => cluster.worker.ready());
      process.on('message', () => server.close(() => process.send('closed')));
    },
  },
  async primary({ cluster, supervisor, port }) {
    const worker = workerOf({ cluster, supervisor });
    worker.send('close');
    await once(worker, 'message');
    assert.ok(await isFree({ host: '127.0.0.1', port }));
  },
});
