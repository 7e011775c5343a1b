'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');

/** A worker that is not ready when its turn comes gets as many turns later. */
const OWED = 32;

function get(port, agent) {
  return new Promise((resolve, reject) => {
    http
      .get({ port, agent, host: '127.0.0.1' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (data) => (text += data));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

function answerWithId(cluster) {
  http.createServer((request, response) => response.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');
}

scenario('2,000 requests on new connections reach four workers in equal shares', {
  skipBuiltin: 'its shares drift by up to 6%: it deals to whoever acknowledged first',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    const shares = new Map();
    const client = async () => {
      for (let i = 0; i < 1000; i++) {
        const id = await get(port, false);
        shares.set(id, (shares.get(id) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 2 }, client));
    assert.deepStrictEqual([...shares.keys()].sort(), ['1', '2', '3', '4']);
    for (const share of shares.values()) assert.ok(Math.abs(share - 500) <= OWED, `a share of ${share}`);
    for (const worker of workers) worker.kill();
  },
  worker: answerWithId,
});

scenario('requests on one kept-alive connection reach one worker', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ids = new Set();
    for (let i = 0; i < 50; i++) ids.add(await get(port, agent));
    assert.strictEqual(ids.size, 1);
    agent.destroy();
    workers.forEach((worker) => worker.disconnect());
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker: answerWithId,
});
