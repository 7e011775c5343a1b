'use strict';

/** `settings.claimTimeout`: how long a worker may let a connection wait while another has room. */

const errors = require('./errors');

const DEFAULT = 5;
const LONGEST = 2 ** 31 - 1;

/** The same from outside. */
const VARIABLE = 'RS_CLUSTER_CLAIM_TIMEOUT';

/** Only a number, or the digits of one, as a variable has them: `true` and `[]` are numbers to `Number()`. */
function toNumber(value) {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
}

/**
 * @param {{ claimTimeout?: number }} settings
 * @returns {number} in ms; 0 is for ever
 * @throws ERR_OUT_OF_RANGE
 */
module.exports = function claimTimeout(settings) {
  const isSet = settings.claimTimeout != null;
  const value = isSet ? settings.claimTimeout : process.env[VARIABLE];
  if (value === undefined || value === '') return DEFAULT;
  const timeout = toNumber(value);
  if (Number.isInteger(timeout) && timeout >= 0 && timeout <= LONGEST) return timeout;
  const origin = isSet ? '' : ` from the environment variable ${VARIABLE}`;
  throw errors.outOfRange('claimTimeout', `an integer >= 0 and <= ${LONGEST}`, value, origin);
};
