'use strict';

// `rs-cluster metrics` with the program's own metrics: wherever its main script is, its prom-client is found.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { SERVER, commands } = require('../fixtures/command');

const PROM_CLIENT = `
exports.register = { getMetricsAsJSON: async () => [{ name: 'a', help: '', type: 'gauge', aggregator: 'sum', values: [] }] };
exports.AggregatorRegistry = { aggregate: (all) => ({ metrics: async () => '# of ' + all.flat().map(({ name }) => name) }) };
`;

for (const [what, args] of [
  ['in another folder', ['real/index.js']],
  ['in the folder of --cwd', ['--cwd', 'real', 'index.js']],
  ['a folder', ['real']],
  ['a symbolic link', ['link.js']],
]) {
  commands(`a program that is ${what}`, async (scene) => {
    fs.mkdirSync(path.join(scene.folder, 'real/node_modules/prom-client'), { recursive: true });
    scene.write('real/node_modules/prom-client/index.js', PROM_CLIENT);
    scene.write('real/index.js', SERVER);
    fs.symlinkSync('real/index.js', path.join(scene.folder, 'link.js'));
    const command = scene.begin(['-w', '1', '--name', 'app', '--registry', 'on', ...args]);
    await command.port();
    assert.match((await scene.run(['metrics', '--name', 'app'])).stdout, /^# of a$/m);
  });
}
