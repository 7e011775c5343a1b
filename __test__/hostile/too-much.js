'use strict';

// What is more than an honest process ever sends: the other end is disconnected at the first frame
// that says so, before anything of it is kept.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const compiled = require('../fixtures/compiled');
const lane = require('../fixtures/lane');
const { scenario, listening, exited, descriptors, read, settled, temporaryPath } = require('../harness');

const skipBuiltin = 'its channel has no frames';

/** Kinds of frames, as in src/wire/frame.rs. */
const [ACT, JSON_TEXT, JSON_LIST, ADVANCED_LIST] = [2, 3, 5, 6];

const MEBIBYTE = 1024 * 1024;

/** What the primary may need more memory for, in bytes. A list of that many small messages takes a hundred times as much. */
const MEMORY = 48 * MEBIBYTE;

const list = (kind, body) => lane.frame(kind, body);

/** What a worker writes on its channel, and what the primary says of it. */
const FRAMES = {
  'eight million texts in one frame': [
    () => list(JSON_LIST, Buffer.from(`[${'1,'.repeat(4 * MEBIBYTE)}1]`)),
    /a frame of 8388611 bytes is longer than is allowed/,
  ],
  'a million serialized messages in one frame': [
    () => list(ADVANCED_LIST, Buffer.alloc(8 * MEBIBYTE, Buffer.from([4, 0, 0, 0, 0xff, 0x0f, 0x49, 2]))),
    /a frame of 8388608 bytes is longer than is allowed/,
  ],
  'an act of a mebibyte': [
    () => lane.frame(ACT, Buffer.from(`{"act":"online","more":[${'1,'.repeat(MEBIBYTE / 2)}1]}`)),
    /longer than is allowed/,
  ],
  'a message that announces 253 descriptors, and does not end': [
    () => lane.frame(JSON_TEXT, Buffer.alloc(9)).fill(253, 5, 6).subarray(0, 12),
    /a Json frame has too many descriptors: 253/,
  ],
};

for (const [name, [, reason]] of Object.entries(FRAMES)) {
  scenario(`a worker that writes ${name} is disconnected, and does no harm`, {
    skipBuiltin,
    async primary(cluster) {
      const { port, workers } = await listening(cluster, 2);
      const [writer, other] = workers;
      const [before, resident] = [descriptors(), process.memoryUsage.rss()];
      writer.send(name);
      const [error] = await once(writer, 'error');
      assert.match(error.message, reason);
      await exited(writer);
      const growth = process.memoryUsage.rss() - resident;
      assert.ok(growth < MEMORY, `${growth} bytes more`);
      assert.ok(await settled(() => descriptors() === before - 2), `${before}, ${descriptors()}`);
      assert.strictEqual(await read(port), `${other.id}`);
      other.process.kill('SIGKILL');
    },
    worker(cluster) {
      const { fd } = process.channel;
      net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');
      process.once('message', (message) => lane.write(fd, FRAMES[message][0]()));
    },
  });
}

scenario('a worker that reads no more, though it does not close, is disconnected', {
  skipBuiltin: 'it spins',
  env: { RS_TEST_PROGRAM: compiled('hostile_socket') },
  async primary(cluster) {
    const flag = temporaryPath('flag');
    const worker = cluster.fork({ RS_TEST_FLAG: flag });
    await once(worker, 'message');
    const disconnected = once(worker, 'disconnect');
    // More than a socket holds.
    const outcome = new Promise((resolve) => worker.send('x'.repeat(4 * MEBIBYTE), resolve));
    fs.writeFileSync(flag, '');
    await disconnected;
    assert.strictEqual((await outcome).code, 'ERR_IPC_CHANNEL_CLOSED');
    worker.process.kill('SIGKILL');
  },
  worker() {
    const { RS_TEST_PROGRAM, RS_TEST_FLAG } = process.env;
    const stdio = ['ignore', 'ignore', 'inherit', process.channel.fd];
    spawn(RS_TEST_PROGRAM, ['shut', RS_TEST_FLAG], { stdio });
    process.send('here', () => {
      // It reads nothing itself: it stands here until it is killed.
      for (;;);
    });
  },
});

scenario('a primary that probes without end, and does not read the answers, loses its worker', {
  skipBuiltin: 'its workers have no lane',
  env: { RS_TEST_PROGRAM: compiled('hostile_socket') },
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const [worker, primaryEnd] = lane.fork(cluster);
    let said = '';
    worker.process.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const closed = once(worker.process, 'close');
    await once(worker, 'message');
    const stdio = ['ignore', 'inherit', 'inherit', primaryEnd()];
    const flood = spawn(process.env.RS_TEST_PROGRAM, ['flood', `${process.pid}`], { stdio });
    assert.deepStrictEqual(await once(flood, 'exit'), [0, null]);
    await closed;
    assert.match(said, /the peer sends queries or probes, and does not read the answers/);
  },
  worker() {
    net.createServer().listen(0, '127.0.0.1', () => process.send('listening'));
  },
});
