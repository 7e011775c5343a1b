'use strict';

/** `settings.udp`: whether the workers of a UDP address share one socket, or have one each. */

const errors = require('./errors');

/** Used if the setting is not given. */
const VARIABLE = 'RS_CLUSTER_UDP';

const VALUES = ['shared', 'flow'];

/**
 * @param {{ udp?: 'shared' | 'flow' }} settings
 * @returns {boolean} whether each worker has a socket of its own
 * @throws ERR_INVALID_ARG_VALUE
 */
module.exports = function isByFlow(settings) {
  const isSet = settings.udp != null;
  const value = isSet ? settings.udp : process.env[VARIABLE];
  // Only an empty variable is the same as none.
  if (!isSet && (value === undefined || value === '')) return false;
  if (VALUES.includes(/** @type {string} */ (value))) return value === 'flow';
  const origin = isSet ? '' : ` from the environment variable ${VARIABLE}`;
  throw errors.invalidValue('udp', "must be one of: 'shared', 'flow'", value, origin);
};
