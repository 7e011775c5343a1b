'use strict';

/** `settings.claimTimeout`: how long an offer may stay unclaimed while another worker has room. */

const errors = require('./errors');
const { LONGEST } = require('./options');

/** In ms. */
const DEFAULT = 5;

/** Used if the setting is not given. */
const VARIABLE = 'RS_CLUSTER_CLAIM_TIMEOUT';

/** Accepts a number or a string of digits. `Number()` would also accept `true` and `[]`. */
function toNumber(value) {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
}

/**
 * @param {{ claimTimeout?: number }} settings
 * @returns {number} in ms; 0 means no limit
 * @throws ERR_OUT_OF_RANGE
 */
module.exports = function claimTimeout(settings) {
  const isSet = settings.claimTimeout != null;
  const value = isSet ? settings.claimTimeout : process.env[VARIABLE];
  // Only an empty variable is the same as none.
  if (!isSet && (value === undefined || value === '')) return DEFAULT;
  const timeout = toNumber(value);
  if (Number.isInteger(timeout) && timeout >= 0 && timeout <= LONGEST) return timeout;
  const origin = isSet ? '' : ` from the environment variable ${VARIABLE}`;
  throw errors.outOfRange('claimTimeout', `an integer >= 0 and <= ${LONGEST}`, value, origin);
};
