'use strict';

module.exports = require('./lib/cluster').standalone();

// Never runs: ESM finds the names there.
0 && (module.exports = require('./index'));
