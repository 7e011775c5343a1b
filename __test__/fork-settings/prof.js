'use strict';

const assert = require('node:assert');
const { scenario } = require('../harness');

const LOGFILE = '--logfile=v8-%p.log';

scenario('with --prof each process gets a log file of its own, unless one is named', {
  primary(cluster) {
    const given = ['--prof'];
    cluster.setupPrimary({ execArgv: given });
    assert.deepStrictEqual(cluster.settings.execArgv, ['--prof', LOGFILE]);
    assert.deepStrictEqual(given, ['--prof']);
    cluster.setupPrimary({ execArgv: ['--prof', '--logfile=mine.log'] });
    assert.deepStrictEqual(cluster.settings.execArgv, ['--prof', '--logfile=mine.log']);
    cluster.setupPrimary({ execArgv: ['--expose-gc'] });
    assert.deepStrictEqual(cluster.settings.execArgv, ['--expose-gc']);
  },
});
