'use strict';

/** Says in words how a worker has failed, for errors, events and `lastExit`. */

/**
 * @typedef {object} Told
 * @property {string} how a sentence without an end
 * @property {number} slot
 * @property {number | null} exitCode
 * @property {string | null} signal
 * @property {boolean} timedOut
 * @property {string} stderr the last lines that the worker wrote
 * @property {Error} [cause] why there was no process
 */

/** What a program may have forgotten. */
const READY =
  'It must listen, or call cluster.worker.ready() if readyWhen is "ready", before readyTimeout is over';

/** @returns {string} how a process has ended */
const ending = (code, signal) => (signal === null ? `exit code ${code}` : `signal ${signal}`);

/**
 * @param {import('./facts').Failure} failure
 * @param {{ stderr?: string, cause?: Error }} more
 * @returns {Told}
 */
function describe({ reason, slot, worker, code = null, signal = null }, { stderr = '', cause } = {}) {
  const who =
    worker === undefined ? `the worker of slot ${slot}` : `the worker of slot ${slot} (id ${worker})`;
  const what = {
    timeout: `was not ready in time. ${READY}`,
    hang: 'hangs',
    fork: `could not be forked: ${cause?.message}`,
    exit: `left with ${ending(code, signal)}`,
    crash: `ended with ${ending(code, signal)}`,
  };
  const told = { how: `${who} ${what[reason]}`, slot: Number(slot), exitCode: code, signal };
  return { ...told, timedOut: reason === 'timeout', stderr: stderr.trimEnd(), ...(cause && { cause }) };
}

module.exports = { describe, ending };
