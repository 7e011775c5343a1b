'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a socket that send() binds is its own; bind(0) is shared', {
  async primary(cluster) {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const PORT = socket.address().port;
    const kinds = ['implicit', 'implicit', 'explicit', 'explicit'];
    const workers = kinds.map((KIND) => cluster.fork({ PORT, KIND }));
    const ends = workers.map(exited);
    const sources = { implicit: new Set(), explicit: new Set() };
    for (const _ of workers) {
      const [kind, { port }] = await once(socket, 'message');
      sources[kind].add(port);
    }
    assert.strictEqual(sources.implicit.size, 2);
    assert.strictEqual(sources.explicit.size, 1);
    assert.strictEqual(new Set([...sources.implicit, ...sources.explicit]).size, 3);
    cluster.disconnect();
    for (const end of ends) assert.deepStrictEqual(await end, [7, null]);
    socket.close();
  },
  worker(cluster) {
    const { PORT, KIND } = process.env;
    const socket = dgram.createSocket('udp4');
    const send = () => socket.send(KIND, Number(PORT), '127.0.0.1');
    if (KIND === 'explicit') {
      socket.bind(0, send);
      socket.on('close', () => (process.exitCode = 7));
    } else {
      send();
      cluster.worker.on('disconnect', () => socket.close(() => (process.exitCode = 7)));
    }
  },
});
