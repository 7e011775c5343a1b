'use strict';

/** Makes errors with Node's codes, and with texts of the same meaning as Node's. */

const path = require('node:path');
const { getSystemErrorName, inspect } = require('node:util');

/** Remedies for system errors that Node's own channel does not have. */
const HINTS = { EMSGSIZE: 'a message has at most 1 GiB; send it in parts' };

function make(Base, code, message) {
  const error = new Base(message);
  // As in Node's own errors, the stack has the code, and the name does not. Reading `stack` stores it.
  error.name = `${error.name} [${code}]`;
  error.stack;
  delete error.name;
  error.code = code;
  return error;
}

/**
 * How a worker has failed, in words and in properties.
 * @param {import('./supervise/failure').Told} failure
 */
function failed(code, what, failure) {
  const { how, stderr, cause, ...properties } = failure;
  const tail = stderr === '' ? '' : `. Its last words:\n${stderr}`;
  const error = make(Error, code, `${what}: ${how}${tail}`);
  return Object.assign(error, properties, { stderr }, cause && { cause });
}

/**
 * "Received …" as this Node version writes it. The versions describe a value differently, so Node itself is
 * asked.
 */
function received(value) {
  try {
    // Both throw: `Buffer.alloc()` refuses strings, and `path.basename()` refuses everything else.
    if (typeof value === 'string') Buffer.alloc(/** @type {any} */ (value));
    else path.basename(value);
  } catch ({ message }) {
    return message.slice(message.indexOf('Received'));
  }
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
      `The "${name}" ${name.includes('.') ? 'property' : 'argument'} must be ${expected}. ${received(value)}`,
    ),

  invalidHandle: () => make(TypeError, 'ERR_INVALID_HANDLE_TYPE', 'This handle type cannot be sent'),

  invalidValue: (name, reason, value, origin = '') =>
    make(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument '${name}' ${reason}. Received ${inspect(value, { depth: 0 })}${origin}`,
    ),

  outOfRange: (name, range, value, origin = '') =>
    make(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value, { depth: 0 })}${origin}`,
    ),

  badPort: (value) =>
    make(RangeError, 'ERR_SOCKET_BAD_PORT', `Port should be >= 0 and < 65536. ${received(value)}.`),

  /** The code is Node's own. */
  badPolicy: (value) =>
    make(
      Error,
      'ERR_INTERNAL_ASSERTION',
      `Bad cluster.schedulingPolicy: ${String(value)}. It must be cluster.SCHED_RR or cluster.SCHED_NONE`,
    ),

  /** rs-cluster cannot run in this process. */
  unsupported: (why, cause) =>
    Object.assign(make(Error, 'ERR_RS_CLUSTER_UNSUPPORTED', why), cause && { cause }),

  /** The process already uses another cluster object. */
  tooLate: (why) => make(Error, 'ERR_RS_CLUSTER_TOO_LATE', why),

  /** This process was started as a worker, but did not become one. It must not act as a primary. */
  notAWorker: (why, cause) =>
    Object.assign(
      make(
        Error,
        'ERR_RS_CLUSTER_NOT_A_WORKER',
        `a process was started as a worker of rs-cluster, but did not become one: ${why}`,
      ),
      cause && { cause },
    ),

  /** A supervisor rules the workers already. */
  supervised: () =>
    make(
      Error,
      'ERR_RS_CLUSTER_SUPERVISED',
      'cluster.supervise() was called before. Call it again when its supervisor has stopped',
    ),

  /** The command line makes no sense. The code is that of `parseArgs`. */
  usage: (remedy) => make(TypeError, 'ERR_PARSE_ARGS_USAGE', remedy),

  /** Nobody listens at the path of the control socket. */
  notRunning: (file) =>
    make(
      Error,
      'ERR_RS_CLUSTER_NOT_RUNNING',
      `Nothing runs at ${file}. Start it with "rs-cluster app.js" in the same folder, or say where it is by --control, --name or --cwd`,
    ),

  /** A process already listens at the path of the control socket. */
  controlled: (file) =>
    make(
      Error,
      'ERR_RS_CLUSTER_CONTROL',
      `A process already listens at ${file}. Stop it, or choose another control socket: by --name or --control, or by the option "control"`,
    ),

  /** Code and property are those of the system's errors. */
  longPath: (file, most) =>
    Object.assign(
      make(
        Error,
        'ENAMETOOLONG',
        `The path of a unix socket has at most ${most} bytes, and ${file} has more. Choose another one by --control or XDG_RUNTIME_DIR`,
      ),
      { path: file },
    ),

  /** The folder of control sockets belongs to another user, or others may write there. */
  notPrivate: (folder) =>
    make(
      Error,
      'ERR_RS_CLUSTER_CONTROL',
      `${folder} is not a folder that only this user may use. Remove it, set XDG_RUNTIME_DIR, or choose another path by --control`,
    ),

  /** A supervisor has stopped, so that what it was asked for does not come. */
  stopped: () => make(Error, 'ERR_RS_CLUSTER_STOPPED', 'The supervisor is stopping, or has stopped'),

  /** @param {import('./supervise/failure').Told} failure */
  reload: (failure) =>
    failed('ERR_RS_CLUSTER_RELOAD', 'The reload has failed, and the other workers go on', failure),

  /** @param {import('./supervise/failure').Told} failure */
  crashLoop: (failure) => failed('ERR_RS_CLUSTER_CRASH_LOOP', 'No worker became ready', failure),

  /** @param {unknown} reason the signal's */
  aborted: (reason) =>
    Object.assign(new Error('The operation was aborted', { cause: reason }), {
      name: 'AbortError',
      code: 'ABORT_ERR',
    }),

  /** @param {number} errno negative, as in libuv */
  system(errno, syscall) {
    const code = getSystemErrorName(errno);
    const hint = Object.hasOwn(HINTS, code) ? `: ${HINTS[code]}` : '';
    const error = new Error(`${syscall} ${code}${hint}`);
    return Object.assign(error, { errno, code, syscall });
  },
};
