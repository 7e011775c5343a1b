'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const express = require('express');
const { software, request, askEach } = require('../fixtures/software');
const { listening } = require('../harness');

software('Express behind four workers: routes, JSON bodies, files, errors', {
  async primary(cluster) {
    const { port } = await listening(cluster, 4);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => request(port, `/hello/${i}`)));
    assert.deepStrictEqual(
      answers.map(({ text }) => text),
      answers.map((_, i) => `hello ${i}`),
    );
    await askEach(4, async () => (await request(port, '/hello/again')).headers['x-worker']);

    const body = JSON.stringify({ list: Array.from({ length: 5000 }, (_, i) => i) });
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    assert.strictEqual((await request(port, '/echo', options)).text, body);
    assert.strictEqual((await request(port, '/file')).text, fs.readFileSync(__filename, 'utf8'));
    const failed = await request(port, '/fail');
    assert.deepStrictEqual([failed.status, failed.text], [500, 'on purpose']);
    assert.strictEqual((await request(port, '/nowhere')).status, 404);
    cluster.disconnect();
  },
  worker(cluster) {
    const app = express();
    app.use((_, response, next) => {
      response.set('x-worker', cluster.worker.id);
      next();
    });
    app.get('/hello/:name', ({ params }, response) => response.send(`hello ${params.name}`));
    app.post('/echo', express.json(), ({ body }, response) => response.json(body));
    app.get('/file', (_, response) => response.sendFile(__filename));
    app.get('/fail', async () => {
      throw new Error('on purpose');
    });
    app.use((error, _request, response, _next) => response.status(500).send(error.message));
    app.listen(0);
  },
});
