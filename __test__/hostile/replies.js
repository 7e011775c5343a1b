'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const { scenario } = require('../harness');
const lane = require('../fixtures/lane');
const { classOf } = require('../../lib/natives');

const skipBuiltin = 'its workers have no lane';

/** Kinds of frames, as in src/wire/frame.rs. */
const QUERY = 16;
const REPLY = 17;
const CLOSED = 18;
const CONNECTIONS = 19;
const PROBE = 23;

/** The argument of Node's Pipe with which descriptors go beside bytes. */
const IPC = 2;

/** What a reply begins with, as in src/wire/lane/mod.rs. */
const FAILED = 0;
const DEALT = 1;

/** A reply to query 7, which was never asked. */
const reply = (outcome, numbers, text) =>
  lane.frame(REPLY, Buffer.concat([Buffer.from([outcome]), lane.numbers(7, ...numbers), Buffer.from(text)]));

/** How a worker ends, and what it said. */
async function ended(worker) {
  let said = '';
  worker.process.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const end = await new Promise((resolve) => worker.process.on('close', (...args) => resolve(args)));
  return [...end, said];
}

function worker() {
  const server = net.createServer((socket) => socket.end('served'));
  server.listen(0, '127.0.0.1', () => process.send('listening'));
}

/** A worker that listens, how it ends, and the primary's end of its lane. */
async function listening(cluster) {
  cluster.setupPrimary({ silent: true });
  const [victim, primaryEnd] = lane.fork(cluster);
  const end = ended(victim);
  await new Promise((resolve) => victim.on('message', resolve));
  return { end, descriptor: primaryEnd() };
}

const FRAMES = {
  'a reply that nobody waits for': [reply(DEALT, [1, 4], 'nullnull'), /a reply is not valid/],
  'an error that nobody waits for': [reply(FAILED, [22], ''), /a reply is not valid/],
  'an error that is none': [reply(FAILED, [0], ''), /Reply frame is malformed/],
  'a reply in other words': [lane.frame(REPLY, Buffer.from('{"seq":7}')), /Reply frame is malformed/],
  'half a connection': [lane.frame(CONNECTIONS, lane.numbers(1, 2)), /Connections frame is malformed/],
  'a frame of its own': [lane.frame(CLOSED, lane.numbers(1)), /a frame of kind 18 is not accepted here/],
};

for (const [name, [frame, reason]] of Object.entries(FRAMES)) {
  scenario(`a worker that is sent ${name} on its lane leaves, and says why`, {
    skipBuiltin,
    async primary(cluster) {
      const { end, descriptor } = await listening(cluster);
      const failed = lane.write(descriptor, Buffer.concat([lane.frame(PROBE, Buffer.alloc(0)), frame]));
      assert.strictEqual(failed, undefined);
      const [code, signal, said] = await end;
      assert.deepStrictEqual([code, signal], [0, null], said);
      assert.match(said, reason);
    },
    worker,
  });
}

scenario('a worker that is sent a file in the place of a connection leaves, and says why', {
  skipBuiltin,
  async primary(cluster) {
    const { end, descriptor } = await listening(cluster);
    const Pipe = classOf('Pipe');
    const file = new Pipe(0);
    file.open(fs.openSync(__filename));
    const body = lane.frame(CONNECTIONS, lane.numbers(1, 0, 0));
    body[5] = 1; // How many descriptors ride beside it.
    const out = new Pipe(IPC);
    out.open(descriptor);
    const { WriteWrap } = process.binding('stream_wrap');
    out.writeLatin1String(new WriteWrap(), body.toString('latin1'), file);
    const [code, signal, said] = await end;
    assert.deepStrictEqual([code, signal], [0, null], said);
    assert.match(said, /Connections frame is malformed/);
    // The reactor owns the lane's descriptor, and nothing waits for what remains.
    process.exitCode = 0;
    process.reallyExit(0);
  },
  worker,
});

scenario('what one worker says of its TLS server reaches the server of another one, and does no harm', {
  skipBuiltin,
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    // Written anew, the last one is longer than it was.
    for (const data of ['{"ticketKeys":7}', '{"ticketKeys":"00"}', '"x"', `[${'1e15,'.repeat(12_000)}1]`]) {
      const writer = cluster.fork({ RS_TEST_DATA: data });
      await new Promise((resolve) => writer.on('message', resolve));
      const good = cluster.fork();
      const end = ended(good);
      await new Promise((resolve) => good.on('message', resolve).on('exit', resolve));
      for (const each of [writer, good]) each.process.kill('SIGKILL');
      const [, signal, said] = await end;
      assert.strictEqual(signal, 'SIGKILL', said);
      assert.match(said, /keeps its own TLS ticket keys/);
    }
  },
  worker() {
    const { RS_TEST_DATA } = process.env;
    if (RS_TEST_DATA !== undefined) {
      const query = `{"address":"127.0.0.1","port":0,"addressType":4,"data":${RS_TEST_DATA}}`;
      const frame = lane.frame(QUERY, Buffer.concat([lane.numbers(1), Buffer.from(query)]));
      lane.write(lane.descriptor(), frame);
      // Its loop does not turn again: it must not see a reply that it did not ask for.
      process.send('asked', () => {
        for (;;);
      });
      return;
    }
    const key = fs.readFileSync(require.resolve('../fixtures/key.pem'));
    const cert = fs.readFileSync(require.resolve('../fixtures/cert.pem'));
    const server = tls.createServer({ key, cert });
    server.listen(0, '127.0.0.1', () => process.send('listening'));
  },
});
