'use strict';

/** What signals to the primary mean to a supervisor. */

/** @param {import('../..').Supervisor} supervisor */
module.exports = function signals(supervisor) {
  void supervisor;
};
