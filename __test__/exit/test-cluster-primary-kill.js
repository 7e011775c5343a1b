'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening } = require('../harness');

function get(port) {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false }, (response) => resolve(response.statusCode))
      .on('error', reject);
  });
}

scenario('a worker dies with a primary that calls process.exit(0)', {
  async primary(cluster) {
    const { port } = await listening(cluster);
    console.log(`answered ${await get(port)}`);
    process.exit(0);
  },
  worker() {
    process.on('exit', (code) => console.log(`the worker exits with ${code}`));
    setInterval(() => {}, 1_000);
    http.createServer((request, response) => response.end()).listen(0, '127.0.0.1');
  },
  check({ code, signal, stdout, stderr }) {
    assert.deepStrictEqual({ code, signal }, { code: 0, signal: null }, stderr);
    assert.strictEqual(stdout, 'answered 200\nthe worker exits with 0\n');
  },
});
