'use strict';

// Clients of the admin address and of the control socket that are slow, or ask too much.

const assert = require('node:assert');
const EventEmitter = require('node:events');
const net = require('node:net');
const test = require('node:test');
const { once } = EventEmitter;
const { skipBuiltin } = require('../harness');
const Door = require('../../lib/operate/door');

const skip = skipBuiltin('it has no command');

/** So long a client may take, in ms. */
const PATIENCE = 200;

/** More than a socket and both of its buffers take. */
const LARGE = 'x'.repeat(32 * 2 ** 20);

/** A test with a door to a supervisor that has much to tell. */
function opens(name, use) {
  test(name, { skip, timeout: 20_000 }, async (t) => {
    const supervisor = Object.assign(new EventEmitter(), { state: 'ready', metrics: async () => LARGE });
    const door = new Door({ mayOrder: false, patience: PATIENCE });
    const { port } = await door.open({ host: '127.0.0.1', port: 0 });
    door.serve({ supervisor, readiness: {} });
    const connect = async (text) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      await once(socket, 'connect');
      if (text !== undefined) socket.write(text);
      return socket;
    };
    await use({ supervisor, connect });
    supervisor.emit('stop');
  });
}

/** Waits until it was sent away, in whatever way. */
const leaves = (client) => new Promise((resolve) => client.once('close', resolve).resume());

const GET = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

opens('a client that does not ask in time is sent away', async ({ connect }) => {
  const clients = [await connect(), await connect('GET /livez HTTP/1.1\r\nHost: x\r\n')];
  await Promise.all(clients.map(leaves));
});

opens('a client that does not read its answer in time is sent away', async ({ connect }) => {
  const client = await connect(GET('/metrics'));
  await once(client, 'readable');
  // What it reads now was on its way: the rest is gone.
  await new Promise((resolve) => setTimeout(resolve, 4 * PATIENCE));
  let length = 0;
  client.on('data', (bytes) => (length += bytes.length));
  await leaves(client);
  assert.ok(length > 0 && length < LARGE.length, `${length}`);
});

opens('a client that asks again before it has its answer is sent away', async ({ connect }) => {
  const client = await connect(GET('/livez').repeat(1000));
  let answers = '';
  client.setEncoding('utf8').on('data', (text) => (answers += text));
  await leaves(client);
  assert.strictEqual(answers, '');
});

opens('a client that asks again when it has its answer gets another one', async ({ connect }) => {
  const client = await connect();
  client.setEncoding('utf8');
  for (let time = 0; time < 3; time++) {
    client.write(GET('/livez'));
    assert.match((await once(client, 'data'))[0], /^HTTP\/1\.1 200 [^]*ok\n$/);
  }
});

opens(
  'a client that has not asked yet does not keep a program that has stopped',
  async ({ supervisor, connect }) => {
    const client = await connect('GET /livez HTTP/1.1\r\n');
    supervisor.emit('stop');
    await leaves(client);
  },
);
