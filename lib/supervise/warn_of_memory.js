'use strict';

const cgroup = require('../cgroup');

/**
 * Warns if workers that are replaced at `maxMemory` may together need more memory than this container has.
 *
 * @param {number} maxMemory in bytes
 * @param {number} processes at most
 */
module.exports = function warnOfMemory(maxMemory, processes) {
  const limit = cgroup.memory();
  if (maxMemory * processes <= limit) return;
  process.emitWarning(
    `${processes} processes of options.maxMemory (${maxMemory} bytes) are more than this container may have (${limit} bytes)`,
    { code: 'RS_CLUSTER_MEMORY' },
  );
};
