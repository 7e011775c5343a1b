'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

/** Sends in each of the ways that take a callback, and collects what the callbacks are given. */
function sendAll(target, given) {
  const callback = (...args) => given.push(args);
  target.send('cb', callback);
  target.send('null, cb', null, callback);
  target.send('undefined, cb', undefined, callback);
  target.send('null, {}, cb', null, {}, callback);
  target.send('undefined, undefined, cb', undefined, undefined, callback);
  assert.deepStrictEqual(given, [], 'a callback was called before send() returned');
}

const SENT = ['cb', 'null, cb', 'undefined, cb', 'null, {}, cb', 'undefined, undefined, cb'];
const GIVEN = SENT.map(() => [null]);

scenario('the callback of a worker is called once with null, and what a leaving worker sent arrives', {
  async primary(cluster) {
    const worker = cluster.fork();
    const heard = [];
    worker.on('message', (message) => heard.push(message));
    const closed = new Promise((resolve) => worker.process.once('close', resolve));
    assert.deepStrictEqual(await exited(worker), [0, null]);
    await closed;
    assert.deepStrictEqual(heard, SENT);
  },

  worker() {
    const given = [];
    process.on('exit', () => assert.deepStrictEqual(given, GIVEN));
    sendAll(process, given);
    process.channel.unref();
  },
});

scenario('the callback of the primary is called once with null', {
  async primary(cluster) {
    const worker = cluster.fork();
    const given = [];
    sendAll(worker, given);
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(given, GIVEN);
  },

  worker(cluster) {
    const heard = [];
    process.on('exit', () => assert.deepStrictEqual(heard, SENT));
    process.on('message', (message) => {
      heard.push(message);
      if (heard.length === SENT.length) cluster.worker.disconnect();
    });
  },
});
