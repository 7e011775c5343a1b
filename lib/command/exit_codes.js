'use strict';

/** With what code the command ends. After a second signal it is 128 and the number of that signal. */
module.exports = {
  /** What was asked has failed. */
  FAILED: 1,
  /** What was asked makes no sense. */
  USAGE: 2,
  /** No worker ever became ready. */
  NOT_READY: 3,
};
