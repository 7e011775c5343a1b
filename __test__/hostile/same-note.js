'use strict';

// Sockets of one server come with equal notes, and a note is parsed once. The descriptor is checked each time.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const test = require('node:test');
const { read } = require('../../lib/handle');
const { socket } = require('../fixtures/hostile');

test('a note that was true of one descriptor is checked for the next one', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  await once(client, 'connect');
  const file = fs.openSync(__filename);
  t.after(() => {
    fs.closeSync(file);
    client.destroy();
    server.close();
  });

  const text = JSON.stringify({ ...socket('TCP'), key: 7 });
  const { fd } = client._handle;
  for (let i = 0; i < 2; i++) {
    assert.deepStrictEqual(read(text, fd), { type: 'net.Socket', native: 'TCP', key: 7 });
    for (const other of [file, server._handle.fd]) {
      assert.throws(() => read(text, other), { message: 'the descriptor is not a net.Socket over TCP' });
    }
  }
});
