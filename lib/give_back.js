'use strict';

/**
 * Puts Node's own cluster back. `rs-cluster/register` promises that a program continues if rs-cluster cannot run.
 * No process loads the addon before its first fork (`__test__/swap/laziness.js`), so an addon that does not load
 * is found only then.
 */

const { syncBuiltinESMExports } = require('node:module');

/**
 * @param {import('node:events').EventEmitter} cluster Node's own object, before it gets our members
 * @param {object} ours the members that will replace Node's own
 * @param {(error: Error) => void} warn
 * @returns {(error: Error) => object} a function that puts Node's own members back and calls `warn`. It keeps a
 *   member that the program has replaced. It returns Node's own members, so that our functions can call them:
 *   programs may still hold ours
 */
module.exports = function keep(cluster, ours, warn) {
  const own = Object.fromEntries(Object.keys(ours).map((name) => [name, cluster[name]]));
  const prototype = Object.getPrototypeOf(cluster);
  return function giveBack(error) {
    for (const name of Object.keys(ours)) if (cluster[name] === ours[name]) cluster[name] = own[name];
    Object.setPrototypeOf(cluster, prototype);
    syncBuiltinESMExports();
    warn(error);
    return own;
  };
};
