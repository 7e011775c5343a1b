'use strict';

/** Tells systemd what happens to a supervisor. */

/** @param {import('../..').Supervisor} supervisor */
module.exports = function notify(supervisor) {
  void supervisor;
};
