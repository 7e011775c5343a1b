'use strict';

/** Prints the result of an order. */

const { FAILED } = require('./exit_codes');

/** Who reads it may be gone: `rs-cluster metrics | head`. */
function onerror({ code, message }) {
  if (code === 'EPIPE') return;
  process.stderr.write(`rs-cluster: ${message}\n`);
  process.exitCode = FAILED;
}

/** @param {string} text with its last line feed */
module.exports = function print(text) {
  process.stdout.on('error', onerror);
  process.stdout.write(text);
};
