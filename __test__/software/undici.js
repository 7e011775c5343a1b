'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { Pool } = require('undici');
const { software } = require('../fixtures/software');
const { listening } = require('../harness');

const BODY = 'undici'.repeat(20_000);

software('undici as a client of four workers: a pool, kept alive, pipelined, bodies both ways', {
  async primary(cluster) {
    const { port } = await listening(cluster, 4);
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 8, pipelining: 4 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const { statusCode, headers, body } = await pool.request({ path: `/${i}`, method: 'GET' });
        return { statusCode, worker: headers['x-worker'], text: await body.text() };
      }),
    );
    assert.deepStrictEqual(
      answers.map(({ text }) => text),
      answers.map((_, i) => `/${i}`),
    );
    assert.ok(answers.every(({ statusCode }) => statusCode === 200));
    assert.strictEqual(new Set(answers.map(({ worker }) => worker)).size, 4);

    const { body } = await pool.request({ path: '/', method: 'POST', body: BODY });
    assert.strictEqual(await body.text(), BODY);
    await pool.close();
    cluster.disconnect();
  },
  worker(cluster) {
    const server = http.createServer((request, response) => {
      response.setHeader('x-worker', cluster.worker.id);
      if (request.method === 'POST') request.pipe(response);
      else response.end(request.url);
    });
    server.listen(0, '127.0.0.1');
  },
});
