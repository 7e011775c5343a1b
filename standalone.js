'use strict';

require('./lib/unbundled');

module.exports = require('./lib/cluster').standalone();

// This never runs. It refers ESM to the names in `index.js`.
0 && (module.exports = require('./index'));
