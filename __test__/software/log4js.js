'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const { promisify } = require('node:util');
const log4js = require('log4js');
const { software } = require('../fixtures/software');
const { exited, temporaryPath } = require('../harness');

const LINES = Array.from({ length: 50 }, (_, line) => `line ${line}`);

function configure(filename) {
  const appenders = { file: { type: 'file', filename, layout: { type: 'messagePassThrough' } } };
  log4js.configure({ appenders, categories: { default: { appenders: ['file'], level: 'info' } } });
  return log4js.getLogger();
}

software('log4js writes what four workers log into one file, in their order, up to their exit', {
  async primary(cluster) {
    const file = temporaryPath('log');
    configure(file).info('primary');
    const workers = Array.from({ length: 4 }, () => cluster.fork({ LOG: file }));
    await Promise.all(workers.map(exited));
    await promisify(log4js.shutdown)();

    const [first, ...lines] = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.strictEqual(first, 'primary');
    for (const { id } of workers) {
      const own = lines.filter((line) => line.startsWith(`${id}: `));
      assert.deepStrictEqual(
        own,
        LINES.map((line) => `${id}: ${line}`),
      );
    }
    assert.strictEqual(lines.length, 4 * LINES.length);
  },
  worker(cluster) {
    const logger = configure(process.env.LOG);
    for (const line of LINES) logger.info(`${cluster.worker.id}: ${line}`);
    cluster.worker.disconnect();
  },
});
