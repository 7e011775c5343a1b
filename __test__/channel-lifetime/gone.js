'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const v8 = require('node:v8');
const { scenario, settled, temporaryPath } = require('../harness');

/** How many objects of these classes there are, when the garbage is collected. */
function count(...classes) {
  const path = v8.writeHeapSnapshot(temporaryPath('heap'));
  const { snapshot, nodes, strings } = JSON.parse(fs.readFileSync(path, 'utf8'));
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const wanted = new Set(classes.map((name) => strings.indexOf(name)));
  const object = types[fields.indexOf('type')].indexOf('object');
  let found = 0;
  for (let i = 0; i < nodes.length; i += fields.length) {
    const [type, name] = [nodes[i + fields.indexOf('type')], nodes[i + fields.indexOf('name')]];
    if (type === object && wanted.has(name)) found++;
  }
  return found;
}

const ways = {
  'is killed': (worker) => worker.process.kill('SIGKILL'),
  exits: (worker) => worker.send('exit'),
  'is told to disconnect': (worker) => worker.disconnect(),
  disconnects: (worker) => worker.send('disconnect'),
  'is cut off': (worker) => worker.process.disconnect(),
  // More than the socket takes: the channel closes when that is written.
  'is cut off behind a long message': (worker) => {
    worker.send('x'.repeat(1 << 20));
    worker.process.disconnect();
  },
};

for (const [way, end] of Object.entries(ways)) {
  scenario(`a worker that ${way} leaves no object behind in the primary`, {
    async primary(cluster) {
      const live = async () => {
        const worker = cluster.fork();
        await once(worker, 'online');
        const gone = Promise.all([once(worker, 'disconnect'), once(worker, 'exit')]);
        end(worker);
        await gone;
      };
      const objects = () => count('Worker', 'ChildProcess');
      await live();
      const before = objects();
      for (let i = 0; i < 5; i++) await live();
      let after;
      const same = () => (after = objects()) <= before;
      assert.ok(await settled(same), `before: ${before}, after: ${after}`);
    },
    worker() {
      process.on('message', (message) => {
        if (message === 'exit') process.exit();
        if (message === 'disconnect') process.disconnect();
      });
    },
  });
}
