'use strict';

/**
 * Errors as Node makes them: its codes, and texts that mean what its texts mean.
 */

const { getSystemErrorName, inspect } = require('node:util');

/** What to do about an error of the system that Node's channel does not have. */
const HINTS = { EMSGSIZE: 'a message has at most 1 GiB; send it in parts' };

function make(Base, code, message) {
  const error = new Base(message);
  // The code stands in the stack and not in the name, as in Node's own errors.
  error.name = `${error.name} [${code}]`;
  error.stack;
  delete error.name;
  error.code = code;
  return error;
}

module.exports = {
  channelClosed: () => make(Error, 'ERR_IPC_CHANNEL_CLOSED', 'Channel closed'),

  disconnected: () => make(Error, 'ERR_IPC_DISCONNECTED', 'IPC channel is already disconnected'),

  closedBeforeReply: () => make(Error, 'ERR_CHILD_CLOSED_BEFORE_REPLY', 'Child closed before reply received'),

  missingArgument: (name) => make(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`),

  invalidArgument: (name, expected, value) =>
    make(
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      `The "${name}" argument must be ${expected}. Received ${inspect(value, { depth: 0 })}`,
    ),

  invalidHandle: () => make(TypeError, 'ERR_INVALID_HANDLE_TYPE', 'This handle type cannot be sent'),

  outOfRange: (name, range, value, origin = '') =>
    make(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value, { depth: 0 })}${origin}`,
    ),

  badPort: (value) =>
    make(
      RangeError,
      'ERR_SOCKET_BAD_PORT',
      `Port should be >= 0 and < 65536. Received ${inspect(value, { depth: 0 })}.`,
    ),

  /** Here rs-cluster cannot run. */
  unsupported: (why, cause) =>
    Object.assign(make(Error, 'ERR_RS_CLUSTER_UNSUPPORTED', why), cause && { cause }),

  /** The process has come too far with another cluster. */
  tooLate: (why) => make(Error, 'ERR_RS_CLUSTER_TOO_LATE', why),

  /** This process was started as a worker, and is none. It must not act as a primary. */
  notAWorker: (why, cause) =>
    Object.assign(
      make(
        Error,
        'ERR_RS_CLUSTER_NOT_A_WORKER',
        `a process was started as a worker of rs-cluster, but is none: ${why}`,
      ),
      cause && { cause },
    ),

  /** @param {number} errno negative, as libuv has it */
  system(errno, syscall) {
    const code = getSystemErrorName(errno);
    const hint = Object.hasOwn(HINTS, code) ? `: ${HINTS[code]}` : '';
    const error = new Error(`${syscall} ${code}${hint}`);
    return Object.assign(error, { errno, code, syscall });
  },
};
