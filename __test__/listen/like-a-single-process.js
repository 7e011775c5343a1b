'use strict';

/** Arguments of which no socket can be made: a worker gets what `listen()` and `bind()` give without a cluster. */

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { NODE, scenario, exited, temporaryPath } = require('../harness');

/** Before Node 24, libuv cuts a path short if it is too long, or has a zero byte, and listens there. */
const CUTS = NODE < 24;

const tcp = (folder) => ({
  'fd 2**31': { fd: 2 ** 31 },
  'fd 2**32 + 1': { fd: 2 ** 32 + 1 },
  'fd 1e300': { fd: 1e300 },
  'fd 0.5': { fd: 0.5 },
  'fd -0.5': { fd: -0.5 },
  'fd -1': { fd: -1 },
  'fd NaN': { fd: NaN },
  'fd as a text': { fd: '3' },
  'a fd that is not open': { fd: 99_999 },
  'port as a text': { port: '0', host: '127.0.0.1' },
  'port as a hexadecimal text': { port: '0x0', host: '127.0.0.1' },
  'port 65536': { port: 65536 },
  'port 2**32': { port: 2 ** 32 },
  'port -1': { port: -1 },
  'port 1.5': { port: 1.5 },
  'port NaN': { port: NaN },
  'no text for a port': { port: 'http' },
  'a zone that is not there': { port: 0, host: 'fe80::1%nowhere' },
  'a long zone': { port: 0, host: `fe80::1%${'9'.repeat(50)}` },
  'backlog 1e10': { port: 0, host: '127.0.0.1', backlog: 1e10 },
  'backlog 2**32': { port: 0, host: '127.0.0.1', backlog: 2 ** 32 },
  'backlog -1': { port: 0, host: '127.0.0.1', backlog: -1 },
  'backlog NaN': { port: 0, host: '127.0.0.1', backlog: NaN },
  'no text for a backlog': { port: 0, host: '127.0.0.1', backlog: 'many' },
  'a lone surrogate': { path: path.join(folder, '\ud800') },
  'a lone surrogate at the end': { path: path.join(folder, 'x\udbff') },
  'text of all kinds': { path: path.join(folder, 'ü€😀\n"\\\u2028\x7f') },
  'a name without a file': { path: `\0${folder}` },
  'a name with a lone surrogate': { path: `\0${folder}\udc00` },
  ...(!CUTS && {
    'a path of 109 bytes': { path: `/${'x'.repeat(108)}` },
    'a path of 70 kB': { path: path.join(folder, 'x'.repeat(70_000)) },
    'a path of 5 MB': { path: path.join(folder, 'x'.repeat(5_000_000)) },
    'a path with a zero byte': { path: path.join(folder, 'a\0b') },
    'a path with a zero byte at the end': { path: path.join(folder, 'c\0') },
    'a name of 200 bytes': { path: `\0${'x'.repeat(199)}` },
    'a name of 70 kB': { path: `\0${'x'.repeat(70_000)}` },
  }),
});

const UDP = {
  'udp port 65537 + 2**16': [65537 + 2 ** 16, '127.0.0.1'],
  'udp port -1': [-1, '127.0.0.1'],
  'udp port 2**32': [2 ** 32, '127.0.0.1'],
  'udp port 0.5': [0.5, '127.0.0.1'],
  'udp port NaN': [NaN, '127.0.0.1'],
  'udp port as a text': ['0', '127.0.0.1'],
  'no text for a udp port': ['dns', '127.0.0.1'],
  'an address of the other family': [0, '::1'],
  'a udp address that is none': [0, '256.0.0.1'],
};

/** What a server or socket comes to: an error, or an address. */
async function outcome(object, start) {
  try {
    const result = once(object, 'listening');
    start();
    await result;
  } catch ({ name, code, errno }) {
    return { name, code, errno };
  }
  const address = object.address();
  object.close();
  // A random port is any port.
  return typeof address === 'string' || address.port < 1024 ? { address } : { listens: address.address };
}

async function outcomes(folder) {
  const all = {};
  for (const [name, options] of Object.entries(tcp(folder))) {
    const server = net.createServer();
    all[name] = await outcome(server, () => server.listen(options));
  }
  for (const [name, options] of Object.entries(UDP)) {
    const socket = dgram.createSocket('udp4');
    all[name] = await outcome(socket, () => socket.bind(...options));
  }
  return all;
}

for (const policy of ['rr', 'none']) {
  scenario(`${policy}: odd and wrong arguments have the outcome that they have without a cluster`, {
    skipBuiltin: 'its primary dies of it',
    env: { NODE_CLUSTER_SCHED_POLICY: policy },
    async primary(cluster) {
      const folder = path.dirname(temporaryPath('x'));
      const expected = await outcomes(folder);
      const worker = cluster.fork({ FOLDER: folder });
      const [actual] = await once(worker, 'message');
      assert.deepStrictEqual(actual, JSON.parse(JSON.stringify(expected)));
      assert.strictEqual(actual['fd 2**31'].code, 'EINVAL');
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },
    worker: async () => process.send(await outcomes(process.env.FOLDER)),
  });
}

scenario('a path that libuv would cut short is refused', {
  skipBuiltin: CUTS ? 'it listens at a shorter one' : undefined,
  async primary(cluster) {
    const worker = cluster.fork({ FOLDER: path.dirname(temporaryPath('x')) });
    const [errors] = await once(worker, 'message');
    assert.deepStrictEqual(errors, Array(4).fill('EINVAL'));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  async worker() {
    const names = ['a\0b', 'c\0', 'x'.repeat(4_000), 'x'.repeat(70_000)];
    const errors = [];
    for (const name of names) {
      const server = net.createServer();
      const { code } = await outcome(server, () => server.listen(path.join(process.env.FOLDER, name)));
      errors.push(code);
    }
    process.send(errors);
  },
});
