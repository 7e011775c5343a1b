'use strict';

/**
 * Giving Node's own cluster back. `rs-cluster/register` promises that a program runs on where
 * rs-cluster cannot. That the addon does not load shows only at the first fork, because no process
 * loads it earlier (`__test__/swap/laziness.js`).
 */

const { syncBuiltinESMExports } = require('node:module');

/**
 * @param {EventEmitter} cluster Node's own object, before it becomes ours
 * @param {object} ours what will stand in it in the place of Node's own
 * @param {(error: Error) => void} warn
 * @returns {(error: Error) => object} puts back what is still ours, because a program may have wrapped it
 *   since; returns Node's own members for those who hold ours
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
