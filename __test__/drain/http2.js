'use strict';

// A session of HTTP/2 is told to open no more streams. Those that are open end by themselves.

const assert = require('node:assert');
const { once } = require('node:events');
const http2 = require('node:http2');
const { drains, told } = require('../fixtures/drains');

/** The number in a GOAWAY that refuses no stream. */
const LAST_STREAM = 2 ** 31 - 1;

async function connect(port) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'remoteSettings');
  return session;
}

drains('a stream that is open is answered, and the session gets a GOAWAY that refuses none', {
  async primary({ worker, port }) {
    const session = await connect(port);
    const goaway = once(session, 'goaway');
    const closed = once(session, 'close');
    const requested = told(worker, 'request');
    const stream = session.request().setEncoding('utf8');
    let text = '';
    stream.on('data', (data) => (text += data));
    await requested;
    const drained = worker.drain();
    assert.deepStrictEqual((await goaway).slice(0, 2), [0, LAST_STREAM]);
    await once(stream, 'end');
    assert.strictEqual(text, 'an answer');
    await closed;
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: (cluster) =>
    http2.createServer((request, response) => {
      cluster.worker.on('drain', () => setTimeout(() => response.end('an answer'), 50));
      process.send('request');
    }),
});

drains('an idle session ends', {
  async primary({ worker, port }) {
    const session = await connect(port);
    const closed = once(session, 'close');
    assert.deepStrictEqual(await worker.drain(), { killed: false });
    await closed;
  },
  worker: () => http2.createServer(),
});

drains('a stream that does not end is closed at the deadline', {
  async primary({ worker, port }) {
    const session = await connect(port);
    session.on('error', () => {});
    const stream = session.request();
    stream.on('error', () => {});
    const closed = once(stream.resume(), 'close');
    await once(stream, 'response');
    const start = performance.now();
    assert.deepStrictEqual(await worker.drain({ timeout: 500 }), { killed: false });
    await closed;
    assert.ok(performance.now() - start > 440);
  },
  worker: () => http2.createServer((request, response) => response.write('the beginning')),
});
