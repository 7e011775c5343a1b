'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

scenario('cluster takes foreign properties and foreign events', {
  async primary(cluster) {
    const KEY = Symbol('key');
    cluster.pool = 'a';
    cluster[KEY] = 'b';
    cluster.setMaxListeners(50);
    assert.strictEqual(cluster.getMaxListeners(), 50);

    const heard = [];
    const listener = (...args) => heard.push(args);
    const unwanted = () => assert.fail('it was removed');
    cluster.on('reloaded', listener);
    cluster.on('fork', unwanted);
    assert.deepStrictEqual(cluster.listeners('reloaded'), [listener]);
    assert.deepStrictEqual(cluster.listeners('fork'), [unwanted]);
    cluster.removeListener('fork', unwanted);
    assert.deepStrictEqual(cluster.listeners('fork'), []);
    cluster.emit('reloaded', 1, 2);
    assert.deepStrictEqual(heard, [[1, 2]]);

    assert.deepStrictEqual(await exited(cluster.fork()), [0, null]);
    assert.deepStrictEqual([cluster.pool, cluster[KEY]], ['a', 'b']);
  },
  worker(cluster) {
    cluster.pool = 'c';
    cluster.on('foreign', () => cluster.worker.disconnect());
    cluster.emit('foreign');
  },
});
