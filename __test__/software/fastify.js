'use strict';

const assert = require('node:assert');
const { software, request, askEach } = require('../fixtures/software');
const { exited, listening } = require('../harness');

software('Fastify behind four workers: routes, JSON bodies, schemas, a graceful close', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 4);
    await askEach(4, async () => JSON.parse((await request(port, '/workers/me')).text).id);

    const post = (body) =>
      request(port, '/sum', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const sums = await Promise.all([1, 2, 3, 4].map((number) => post({ numbers: [number, number] })));
    assert.deepStrictEqual(
      sums.map(({ text }) => JSON.parse(text).sum),
      [2, 4, 6, 8],
    );
    assert.strictEqual((await post({ numbers: 'none' })).status, 400);
    assert.strictEqual((await request(port, '/nowhere')).status, 404);

    const exits = Promise.all(workers.map(exited));
    for (const worker of workers) worker.send('close');
    assert.deepStrictEqual(await exits, Array(4).fill([0, null]));
  },
  async worker(cluster) {
    const app = require('fastify')();
    app.get('/workers/me', async () => ({ id: cluster.worker.id }));
    const body = { type: 'object', properties: { numbers: { type: 'array', items: { type: 'number' } } } };
    app.post('/sum', { schema: { body } }, async (request) => ({
      sum: request.body.numbers.reduce((sum, number) => sum + number),
    }));
    process.once('message', async () => {
      await app.close();
      process.disconnect();
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
  },
});
