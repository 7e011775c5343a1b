'use strict';

/**
 * Sends sockets and servers with a message. The sender takes the descriptor out of the object, and the receiver
 * makes an object around it.
 *
 * The sender does not wait for an acknowledgement. The addon sends a copy of the descriptor, so the sender closes
 * a sent socket immediately. The kernel keeps it open until the receiver has read it.
 */

const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const errors = require('./errors');
const { isCount, isText, oneOf, optional, pick, show } = require('./fields');
const handleTypeOf = require('./handle_type');
const { classOf, dgramHandle, newSocket, open } = require('./natives');
const Sockets = require('./sockets');

const isStream = oneOf('TCP', 'Pipe');
const isDatagram = oneOf('UDP');

/**
 * The types of handles. A note is sent with each handle, and names its type.
 *
 * Both sides:
 *
 * - `fields`: the other fields of the note, each with its check.
 * - `fits`: whether a descriptor with the note's native class can be such a handle.
 *
 * The sender:
 *
 * - `nativeOf`: returns the native handle.
 * - `describe`: returns fields of the note.
 * - `sent`: returns more fields. It is called when it is certain that the handle will be sent.
 * - `given`: is called after the handle was sent.
 *
 * The receiver:
 *
 * - `take`: makes the object, and calls `done` with the value that a listener of 'message' gets.
 */
const types = {
  __proto__: null,

  'net.Socket': {
    fields: { native: isStream, key: optional(isCount) },
    fits: ({ listens }) => !listens,
    nativeOf: (socket) => socket._handle,
    // A server also counts its connections in other processes.
    sent: ({ server }, { keepOpen }, channel) => server && { key: channel.sockets.sent(server, keepOpen) },
    given: (socket, native, { keepOpen }) => keepOpen || giveAway(socket, native),
    take(native, { key }, channel, done) {
      const socket = unattended(new net.Socket({ handle: native, readable: true, writable: true }));
      if (key != null) channel.sockets.received(key, socket);
      done(socket);
    },
  },

  'net.Server': {
    fields: { native: isStream },
    fits: ({ listens }) => listens,
    nativeOf: (server) => server._handle,
    take(native, note, channel, done) {
      const server = unattended(new net.Server());
      server.on('connection', (socket) => {
        // The program has not added a listener yet, so no code would ever close this socket.
        if (server.listenerCount('connection') === 1) socket.destroy();
      });
      listening(server, native, () => server.listen(native)).then(done);
    },
  },

  'net.Native': {
    fields: { native: isStream },
    fits: () => true,
    nativeOf: (native) => native,
    take: (native, note, channel, done) => done(native),
  },

  'dgram.Socket': {
    fields: { native: isDatagram, dgramType: oneOf('udp4', 'udp6') },
    fits: ({ dgramType }, note) => dgramType === note.dgramType,
    nativeOf: dgramHandle,
    describe: ({ type }) => ({ dgramType: type }),
    take(native, { dgramType }, channel, done) {
      // Node's types do not declare its parameter.
      const { Socket } = /** @type {{ Socket: new (type: string) => dgram.Socket }} */ (dgram);
      const socket = unattended(new Socket(dgramType));
      listening(socket, native, () => socket.bind(native)).then(done);
    },
  },

  'dgram.Native': {
    fields: { native: isDatagram },
    fits: () => true,
    nativeOf: (native) => native,
    take: (native, note, channel, done) => done(native),
  },
};

/** The program may ignore an object that a peer sent. Then an error of this object must not end the process. */
const unattended = (handle) => handle.on('error', () => {});

/** @returns {Promise<object | undefined>} `handle` after it listens; undefined if listening fails */
async function listening(handle, native, listen) {
  try {
    const listens = once(handle, 'listening');
    listen();
    await listens;
    return handle;
  } catch {
    native.close();
    return undefined;
  }
}

function typeOf(handle) {
  if (handle instanceof net.Socket) return 'net.Socket';
  if (handle instanceof net.Server) return 'net.Server';
  if (handle instanceof classOf('TCP') || handle instanceof classOf('Pipe')) return 'net.Native';
  if (handle instanceof dgram.Socket) return 'dgram.Socket';
  if (handle instanceof classOf('UDP')) return 'dgram.Native';
  throw errors.invalidHandle();
}

/** Detaches a socket that now belongs to another process from its native handle and from its http parser. */
function giveAway(socket, native) {
  native.onread = () => {};
  socket._handle = null;
  socket.setTimeout(0);
  Sockets.passedOn(socket);
  const { parser } = socket;
  if (parser && typeof parser.close === 'function') {
    detachParser(socket, parser);
    socket._httpMessage?.detachSocket(socket);
  }
  native.close();
}

function detachParser(socket, parser) {
  socket.parser = null;
  parser.unconsume?.();
  parser.socket = null;
  parser.incoming = null;
  parser.outgoing = null;
  parser.onIncoming = null;
  parser.remove?.();
  parser.close();
}

/**
 * @typedef {object} Note
 * @property {string} type a key of `types`
 * @property {string} native the name of the native handle's class
 * @property {'udp4' | 'udp6'} [dgramType] of a 'dgram.Socket'
 * @property {number | null} [key] of a 'net.Socket': its server, if that counts it
 */

/** Whether a descriptor is the handle that its note describes. @param {Note} note */
function isDescribedBy(note, descriptor) {
  const known = handleTypeOf(descriptor);
  return known?.native === note.native && types[note.type].fits(known, note);
}

/**
 * @param {object} handle the `sendHandle` argument of `send()`
 * @param {{ keepOpen?: boolean }} options
 * @param {import('./channel')} channel
 * @returns {{ type: string, note: string, descriptor: number, given(): void } | undefined} the caller calls
 *   `given` after it has sent the handle. The result is undefined if the handle is not open. For example, a socket
 *   that was sent before is not open
 * @throws ERR_INVALID_HANDLE_TYPE if the type cannot be sent, or if the receiver could not open the descriptor
 */
function pack(handle, options, channel) {
  const type = typeOf(handle);
  const { nativeOf, describe, sent, given } = types[type];
  const native = nativeOf(handle);
  if (!native || !(native.fd >= 0)) return undefined;
  const note = { type, native: native.native ?? native.constructor.name, ...describe?.(handle) };
  if (!isDescribedBy(note, native.fd)) throw errors.invalidHandle();
  Object.assign(note, sent?.(handle, options, channel));
  return {
    type,
    note: JSON.stringify(note),
    descriptor: native.fd,
    given: () => given?.(handle, native, options),
  };
}

/** The last valid note. Sockets of one server come with equal notes, so most notes need not be parsed. */
let last = { text: '', note: /** @type {Note | undefined} */ (undefined) };

/** @param {string} text @returns {Note} @throws if it is none */
function parse(text) {
  if (last.note !== undefined && text === last.text) return last.note;
  const written = JSON.parse(text);
  const { type } = pick(written, { type: isText });
  if (!(type in types)) throw new TypeError(`unexpected type of handle: ${show(type)}`);
  const note = /** @type {Note} */ ({ ...pick(written, types[type].fields), type });
  last = { text, note };
  return note;
}

/**
 * Reads a note. It comes from a process that is not trusted.
 *
 * @param {string} text the note in JSON
 * @param {number} descriptor the descriptor that came with it
 * @returns {Note} the argument of `take`
 * @throws if `pack` cannot have made this note for this descriptor
 */
function read(text, descriptor) {
  const note = parse(text);
  if (!isDescribedBy(note, descriptor)) {
    throw new TypeError(`the descriptor is not a ${note.type} over ${note.native}`);
  }
  return note;
}

/**
 * Makes the object that a message came with.
 *
 * @param {Note} note the result of `read`
 * @param {number} descriptor belongs to the handle from now on
 * @param {import('./channel')} channel
 * @param {(handle: object | undefined) => void} done is called with undefined if the handle cannot be opened
 */
function take(note, descriptor, channel, done) {
  const native = newSocket[note.native]();
  if (open(native, descriptor) === 0) types[note.type].take(native, note, channel, done);
  else done(undefined);
}

/** Closes a received handle that is not delivered. */
function drop(handle) {
  if (handle instanceof net.Socket) handle.destroy();
  else handle.close();
}

module.exports = { Sockets, pack, read, take, drop };
