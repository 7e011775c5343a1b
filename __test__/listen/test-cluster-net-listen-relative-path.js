'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { scenario, listening, exited, read, settled, temporaryPath } = require('../harness');

/** More than the name of a unix socket can hold. */
const LONG = 'x'.repeat(110);

scenario("a relative path is the worker's, and need only be short as the primary sees it", {
  async primary(cluster) {
    const folder = path.join(temporaryPath('relative'), LONG);
    fs.mkdirSync(path.join(folder, 'deeper'), { recursive: true });
    process.chdir(folder);
    const { workers } = await listening(cluster);
    const file = path.join('deeper', 'socket');
    assert.ok(fs.statSync(file).isSocket());
    assert.strictEqual(await read(file), path.join(fs.realpathSync(folder), 'deeper'));
    workers[0].disconnect();
    assert.deepStrictEqual(await exited(workers[0]), [0, null]);
    assert.ok(await settled(() => !fs.existsSync(file)), 'the file is still there');
  },
  worker() {
    process.chdir('deeper');
    net.createServer((socket) => socket.end(process.cwd())).listen('socket');
  },
});
