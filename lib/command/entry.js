'use strict';

/**
 * A line of the command's own.
 *
 * @param {boolean} isJson
 * @param {string} event its name
 * @param {string} msg the same in words
 * @param {object} [facts] what else a machine may want to know
 * @returns {string}
 */
module.exports = function entry(isJson, event, msg, facts) {
  const { pid } = process;
  const time = new Date().toISOString();
  return isJson ? JSON.stringify({ time, pid, event, ...facts, msg }) : `rs-cluster ${pid}: ${msg}`;
};
