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
        const { statusCode, body } = await pool.request({ path: `/${i}`, method: 'GET' });
        return { statusCode, text: await body.text() };
      }),
    );
    assert.deepStrictEqual(
      answers.map(({ text }) => text),
      answers.map((_, i) => `/${i}`),
    );
    assert.ok(answers.every(({ statusCode }) => statusCode === 200));

    const { body } = await pool.request({ path: '/', method: 'POST', body: BODY });
    assert.strictEqual(await body.text(), BODY);
    await pool.close();
    cluster.disconnect();
  },
  worker() {
    const server = http.createServer((request, response) => {
      if (request.method === 'POST') request.pipe(response);
      else response.end(request.url);
    });
    server.listen(0, '127.0.0.1');
  },
});
