'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { NODE, scenario, listening, exited } = require('../harness');

function get(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.on('end', () => resolve(response.statusCode)).resume();
    });
    request.on('error', reject);
  });
}

scenario('a rolling restart of all workers fails no request', {
  skip: NODE >= 25 && "http's own close() ends connections whose first request has not come yet",
  skipBuiltin: 'it hands connections to workers that are leaving, and loses them',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 3);
    let running = true;
    let answered = 0;
    const client = async () => {
      while (running) {
        assert.strictEqual(await get(port), 200);
        answered++;
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);

    // Each worker is replaced twice, under load.
    let old = workers;
    for (let round = 0; round < 2; round++) {
      const replacements = [];
      for (const worker of old) {
        const replacement = cluster.fork();
        await once(replacement, 'listening');
        replacements.push(replacement);
        worker.disconnect();
        assert.deepStrictEqual(await exited(worker), [0, null]);
      }
      old = replacements;
    }
    running = false;
    await clients;
    assert.ok(answered > 20, `only ${answered} requests were made`);
    old.forEach((worker) => worker.kill());
  },
  worker: () =>
    http.createServer((request, response) => setImmediate(() => response.end('ok'))).listen(0, '127.0.0.1'),
});
