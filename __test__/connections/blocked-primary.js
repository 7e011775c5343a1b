'use strict';

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const net = require('node:net');
const path = require('node:path');
const { promisify } = require('node:util');
const { BUILTIN, scenario, listening } = require('../harness');

const CLIENTS = 200;
const CLIENT = path.join(__dirname, '../fixtures/clients.js');

scenario('connections are answered while the JavaScript of the primary is blocked', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    const clients = promisify(execFile)(process.execPath, [CLIENT, port, CLIENTS]);
    const start = Date.now();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    const end = Date.now();
    const { stdout } = await clients;
    const during = JSON.parse(stdout).filter((time) => time >= start && time < end).length;
    // The builtin is the measure: there, whoever comes has to wait for the primary.
    if (BUILTIN) assert.ok(during < CLIENTS / 2, `${during} were answered`);
    else assert.strictEqual(during, CLIENTS);
    for (const worker of workers) worker.kill();
  },
  worker: () => net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1'),
});
