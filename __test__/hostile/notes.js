'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited, descriptors, settled } = require('../harness');
const hostile = require('../fixtures/hostile');
const { classOf, newSocket } = require('../../lib/natives');

const skipBuiltin = 'its notes are other ones';

const { socket, server, native, datagrams, rawDatagrams } = hostile;

const EVERY_NOTE = [
  socket('TCP'),
  socket('Pipe'),
  server('TCP'),
  server('Pipe'),
  native('TCP'),
  native('Pipe'),
  datagrams('udp4'),
  datagrams('udp6'),
  rawDatagrams,
];

const CLASSES = { 'net.Socket': net.Socket, 'net.Server': net.Server, 'dgram.Socket': dgram.Socket };

/** What fails after it was sent: connections are reset, and those that a server accepts. */
const UNSEEN = [
  ['a TCP socket that goes nowhere', socket('TCP')],
  ['a TCP connection', socket('TCP')],
  ['a unix connection', socket('Pipe')],
  ['a pipe to a process', socket('Pipe')],
  ['a TCP server', server('TCP')],
  ['a unix server', server('Pipe')],
];

/** Notes that no process writes, whatever the descriptor is. */
const WRONG = [
  '',
  '{',
  'null',
  '7',
  '[]',
  '{}',
  '{"type":null,"native":"TCP"}',
  '{"type":["net.Socket"],"native":"TCP"}',
  '{"type":{"toString":1},"native":"TCP"}',
  '{"type":"__proto__","native":"TCP"}',
  '{"type":"constructor","native":"TCP"}',
  '{"type":"toString","native":"TCP"}',
  '{"__proto__":{"type":"net.Socket","native":"TCP"}}',
  '{"type":"net.Socket"}',
  '{"type":"net.Socket","native":"tcp"}',
  '{"type":"net.Socket","native":"UDP"}',
  '{"type":"net.Socket","native":"TTY"}',
  '{"type":"net.Socket","native":"__proto__"}',
  '{"type":"net.Socket","native":["TCP"]}',
  '{"type":"net.Socket","native":"TCP","key":"1"}',
  '{"type":"net.Socket","native":"TCP","key":-1}',
  '{"type":"net.Socket","native":"TCP","key":0.5}',
  '{"type":"net.Socket","native":"TCP","key":{"valueOf":1}}',
  '{"type":"dgram.Socket","native":"TCP","dgramType":"udp4"}',
  '{"type":"dgram.Socket","native":"UDP"}',
  '{"type":"dgram.Socket","native":"UDP","dgramType":"udp5"}',
  '{"type":"dgram.Socket","native":"UDP","dgramType":{"type":"udp4"}}',
  '{"type":"dgram.Native","native":"Pipe"}',
];

/** Whatever a peer sent, closed. */
function close(handle) {
  if (typeof handle.destroy === 'function') handle.destroy();
  else handle.close();
}

/**
 * Forks a worker that sends one handle. `onhandle` gets what arrives.
 * @returns {Promise<string[]>} the errors of its life
 */
async function send(cluster, kind, note, onhandle) {
  const worker = cluster.fork({ RS_TEST_NOTE: note, RS_TEST_KIND: kind });
  const errors = [];
  worker.on('error', ({ message }) => errors.push(message));
  worker.on('exit', (code) => code > 0 && errors.push('it has failed'));
  worker.on('message', (message, handle) => {
    if (message !== 'done') onhandle(handle);
    else worker.process.kill('SIGKILL');
  });
  // No once(): that listens for 'error', too.
  await Promise.all(['exit', 'disconnect'].map((event) => new Promise((done) => worker.on(event, done))));
  return errors;
}

async function worker() {
  const { RS_TEST_NOTE, RS_TEST_KIND } = process.env;
  if (RS_TEST_NOTE === undefined) {
    const answer = (client) => client.end('served');
    net.createServer(answer).listen(0, '127.0.0.1');
    return;
  }
  const all = await hostile.descriptors();
  const isInternal = RS_TEST_KIND === 'internal';
  const message = isInternal ? { cmd: 'NODE_NOTHING' } : 'handle';
  const descriptor = all[isInternal ? 'a TCP connection' : RS_TEST_KIND];
  hostile.channel().sendHandle(JSON.stringify(message), RS_TEST_NOTE, descriptor);
  if (!isInternal) await hostile.breakAll();
  // It may have been disconnected already.
  process.send('done', () => {});
}

/** The good worker answers. Nothing of it is open when this returns. */
async function served(port) {
  let answer = '';
  const client = net.connect(port, '127.0.0.1').setEncoding('utf8');
  client.on('data', (text) => (answer += text));
  await once(client, 'close');
  assert.strictEqual(answer, 'served');
}

/** Runs what each of `cases` says, some at once, beside a worker that serves. */
async function beside(cluster, cases, one) {
  const { port, workers } = await listening(cluster);
  // libuv opens a file of its own with the first stream of a process.
  await served(port);
  const before = descriptors();
  const next = async () => {
    for (let each = cases.pop(); each !== undefined; each = cases.pop()) await one(each);
  };
  await Promise.all(Array.from({ length: 4 }, next));
  assert.ok(await settled(() => descriptors() <= before), `${before} before, ${descriptors()} after`);
  await served(port);
  workers[0].process.kill('SIGKILL');
  await exited(workers[0]);
}

scenario('a wrong note is a protocol error of the worker that wrote it', {
  skipBuiltin,
  async primary(cluster) {
    await beside(cluster, [...WRONG], async (note) => {
      const errors = await send(cluster, 'a TCP connection', note, () => assert.fail(note));
      assert.strictEqual(errors.length, 1, `${note}: ${errors}`);
      assert.match(errors[0], /^the IPC channel was closed: a message with a handle is not valid/);
    });
  },
  worker,
});

/** What a descriptor is not; of every kind another half, so that all is tried and little twice. */
function lies(kind) {
  const truths = hostile.NOTES[kind].map((note) => JSON.stringify(note));
  const parity = Object.keys(hostile.NOTES).indexOf(kind) % 2;
  const all = EVERY_NOTE.filter((note) => !truths.includes(JSON.stringify(note)));
  return all.filter((note, index) => index % 2 === parity);
}

scenario('a descriptor that is something else is a protocol error of the worker that sent it', {
  skipBuiltin,
  async primary(cluster) {
    const cases = Object.keys(hostile.NOTES).flatMap((kind) => lies(kind).map((note) => [kind, note]));
    await beside(cluster, cases, async ([kind, note]) => {
      const text = JSON.stringify(note);
      const errors = await send(cluster, kind, text, () => assert.fail(`${kind} as ${text}`));
      assert.match(
        errors.join(),
        new RegExp(`the descriptor is not a ${note.type} over ${note.native}`),
        `${kind} as ${text}`,
      );
    });
  },
  worker,
});

scenario('a descriptor that is what its note says arrives', {
  skipBuiltin,
  async primary(cluster) {
    const cases = Object.entries(hostile.NOTES).flatMap(([kind, notes]) => notes.map((note) => [kind, note]));
    await beside(cluster, cases, async ([kind, note]) => {
      const handles = [];
      const errors = await send(cluster, kind, JSON.stringify(note), (handle) => handles.push(handle));
      assert.deepStrictEqual(errors, []);
      const [handle] = handles;
      const Class = note.type.endsWith('Native') ? classOf(note.native) : CLASSES[note.type];
      assert.ok(handle instanceof Class, `${kind} as ${note.type} is ${handle}`);
      close(handle);
    });
  },
  worker,
});

scenario('handles that no listener receives end no process, whatever becomes of them', {
  skipBuiltin,
  async primary(cluster) {
    const unseen = [];
    // As it is for a primary that listens for messages only: nobody sees what goes wrong with these.
    await beside(cluster, [...UNSEEN], async ([kind, note]) => {
      assert.deepStrictEqual(
        await send(cluster, kind, JSON.stringify(note), (handle) => unseen.push(handle)),
        [],
      );
      // What the worker provoked has arrived by now.
      for (const handle of unseen.splice(0)) close(handle);
    });
  },
  worker,
});

scenario('a handle that the other side could not take is refused in the sender', {
  skipBuiltin: 'it sends whatever is in there',
  async primary(cluster) {
    const worker = cluster.fork({ RS_TEST_IDLE: 'yes' });
    const all = await hostile.descriptors();
    const before = descriptors();
    for (const [Class, kind] of [
      ['TCP', 'a FIFO'],
      ['Pipe', 'a file'],
      ['Pipe', 'a device'],
    ]) {
      const handle = newSocket[Class]();
      handle.open(all[kind]);
      assert.throws(() => worker.send('a handle', handle), { code: 'ERR_INVALID_HANDLE_TYPE' }, kind);
    }
    assert.strictEqual(descriptors(), before);
    worker.process.kill('SIGKILL');
    await exited(worker);
    process.exit(0); // Sockets of all kinds are open.
  },
  worker() {},
});

scenario('a handle with an internal message that has no listener is closed', {
  skipBuiltin,
  async primary(cluster) {
    await beside(cluster, ['internal'], async (kind) => {
      assert.deepStrictEqual(await send(cluster, kind, JSON.stringify(native('TCP'))), []);
    });
  },
  worker,
});
