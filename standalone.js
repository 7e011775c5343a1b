'use strict';

require('./lib/unbundled');

module.exports = require('./lib/cluster').standalone();

// Never runs: ESM finds the names there.
0 && (module.exports = require('./index'));
