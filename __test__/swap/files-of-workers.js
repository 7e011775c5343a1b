'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('../harness');

const LIB = path.join(__dirname, '../../lib');

scenario('the primary asks for every file that its workers load', {
  skipBuiltin: 'it has no files of its own',
  async primary(cluster) {
    const own = () => Object.keys(require.cache).filter((file) => path.dirname(file) === LIB);
    const seen = await new Promise((resolve) => cluster.fork().on('message', resolve));
    const asked = fs.readFileSync(path.join(LIB, 'readable.js'), 'utf8');
    const others = seen.filter((file) => !own().includes(file)).map((file) => path.basename(file, '.js'));
    assert.ok(others.includes('child'));
    assert.deepStrictEqual(
      others.filter((name) => !asked.includes(`'${name}'`)),
      [],
    );
  },
  worker() {
    const own = Object.keys(require.cache).filter((file) => path.dirname(file) === LIB);
    const server = require('node:net').createServer();
    server.listen(0, () => process.send(own, () => process.exit()));
  },
});
