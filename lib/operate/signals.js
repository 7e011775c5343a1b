'use strict';

/** What signals to the primary mean to a supervisor. */

/** @param {import('../supervisor')} supervisor */
module.exports = function signals(supervisor) {
  void supervisor;
};
