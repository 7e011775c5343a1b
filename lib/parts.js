'use strict';

/**
 * All that a fork needs is loaded before the first fork begins. A process that never forks loads
 * none of it: with a preload in NODE_OPTIONS, rs-cluster is in every command-line tool.
 */

let areLoaded = false;

/**
 * @throws if rs-cluster cannot work in this process. If only descriptors are missing it does not throw:
 *   `spawn()` will report it, as Node's own does
 */
function load() {
  if (areLoaded) return;
  try {
    require('./errors');
    require('./binding').load();
    require('./claim_timeout');
    require('./udp');
    require('./stats');
    require('./channel');
    require('./drain');
    require('./false_worker');
    require('./fork');
    require('./inspect_port');
    require('./readable')();
    areLoaded = true;
  } catch (error) {
    if (error.code === 'EMFILE' || error.code === 'ENFILE') return;
    throw error;
  }
}

/** @returns {Error} what `load` threw, in words: a file of this package is missing, or may not be read */
function legible(error) {
  if (error.code?.startsWith('ERR_RS_CLUSTER_')) return error;
  const [what] = error.message.split('\n');
  return require('./errors').unsupported(
    `rs-cluster cannot load its own files in ${__dirname}: ${what}`,
    error,
  );
}

module.exports = { load, legible };
