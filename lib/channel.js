'use strict';

/**
 * What an IPC channel adds to a process object: `send`, `connected`, `disconnect`, `channel`, and
 * the events 'message', 'internalMessage' and 'disconnect'. The same code on both ends: `target`
 * is a ChildProcess in the primary and `process` in a worker.
 *
 * Lifecycle acts travel in the same stream as messages, so each is seen in the order in which it
 * was sent, and through none of the functions and events above, which user code may replace or
 * emit.
 */

const EventEmitter = require('node:events');
const errors = require('./errors');
const message = require('./message');

/** `send()` returns false from here on: the reader is more than two reads behind (Node's own number). */
const HIGH_WATER = 2 * 65536;

/** Messages that gather in one tick leave at this many bytes, without waiting for its end. */
const GATHER = 65536;

/** `process.channel`: whether the channel keeps the process alive. */
class Control extends EventEmitter {
  #native;
  #held;
  #count = 0;
  #explicit = false;

  constructor(native, held) {
    super();
    this.#native = native;
    this.#held = held;
    native.hold(held);
  }

  /** One more reason to stay, unless the user has decided. */
  refCounted() {
    if (++this.#count === 1 && !this.#explicit) this.#native.hold(true);
  }

  unrefCounted() {
    if (--this.#count > 0 || this.#explicit || this.#held) return;
    this.#native.hold(false);
    this.emit('unref');
  }

  ref() {
    this.#explicit = true;
    this.#native.hold(true);
  }

  unref() {
    this.#explicit = true;
    this.#native.hold(false);
  }
}

class Channel {
  /** Callbacks of messages that wait in the socket's queue, the oldest first. */
  #waiting = [];
  /** Messages for which nobody listens yet. */
  #unheard = [];
  /** A message of this tick is on its way; those that follow leave together at its end. */
  #gathering = false;
  /** Bytes wait: the channel keeps the process alive until they are written. */
  #holding = false;
  #open = true;
  #native;
  #target;
  #on;

  /**
   * @param {EventEmitter} target
   * @param {object} native the addon's Worker
   * @param {{ act(act: object): void, close(): void, nonsense(error: Error): void }} on `close`
   *   comes before 'disconnect' is emitted
   * @param {boolean} held whether the channel keeps the process alive from the start
   */
  constructor(target, native, on, held) {
    this.#target = target;
    this.#native = native;
    this.#on = on;
    this.control = new Control(native, held);

    native.on('json', (text, array) => this.#receive(text, array));
    native.on('act', (text) => process.nextTick(() => this.#act(text)));
    native.on('written', () => this.#settle(native.flush()));
    native.on('end', (error) => this.#end(error));

    const channel = this;
    target.channel = this.control;
    target.connected = true;
    target.send = function send(...args) {
      return channel.send(...args);
    };
    target.disconnect = function disconnect() {
      channel.disconnect();
    };
    target.on('newListener', (event) => {
      if (event === 'message' && this.#unheard.length > 0) process.nextTick(() => this.#repeat());
    });
    native.start(native.emit.bind(native));
  }

  /** `subprocess.send(message[, sendHandle[, options]][, callback])` */
  send(value, handle, options, callback) {
    if (typeof handle === 'function') [handle, callback] = [undefined, handle];
    else if (typeof options === 'function') callback = options;
    else if (options !== undefined && (options === null || typeof options !== 'object')) {
      throw errors.invalidArgument('options', 'of type object', options);
    }
    if (!this.#target.connected) return this.#fail(errors.channelClosed(), callback);
    const text = message.encode(value);
    if (handle) throw errors.notYet('send a handle with a message');
    return this.#post(text, callback);
  }

  /** The first message of a tick leaves at once; those that follow gather until its end. */
  #post(text, callback) {
    // At exit no tick will follow.
    const now = !this.#gathering || process._exiting;
    let left = this.#native.send(text, now);
    if (left > GATHER) left = this.#native.flush();
    if (left < 0) return this.#fail(errors.system(left, 'write'), callback);
    if (!this.#gathering) {
      this.#gathering = true;
      process.nextTick(() => this.#leave());
    }
    if (typeof callback === 'function') this.#waiting.push(callback);
    this.#settle(left);
    return left < HIGH_WATER;
  }

  /** The end of a tick: what has gathered leaves. */
  #leave() {
    this.#gathering = false;
    if (this.#open) this.#settle(this.#native.flush());
  }

  /** Calls back those whose messages have left, and stays for those whose have not. */
  #settle(left) {
    const callbacks = this.#waiting;
    if (left <= 0 && callbacks.length > 0) {
      this.#waiting = [];
      const error = left < 0 ? errors.system(left, 'write') : null;
      for (const callback of callbacks) process.nextTick(callback, error);
    }
    if (left > 0 === this.#holding) return;
    this.#holding = left > 0;
    if (this.#holding) this.control.refCounted();
    else this.control.unrefCounted();
  }

  #fail(error, callback) {
    if (typeof callback === 'function') process.nextTick(callback, error);
    else process.nextTick(() => this.#target.emit('error', error));
    return false;
  }

  /** Sends a lifecycle act, behind all that was sent before. */
  act(act) {
    if (this.#open) this.#native.act(JSON.stringify(act));
  }

  /** Writes what has gathered: the process is about to exit. */
  flush() {
    if (this.#open) this.#native.flush();
  }

  disconnect() {
    if (!this.#target.connected) {
      this.#target.emit('error', errors.disconnected());
      return;
    }
    this.#native.flush();
    this.#native.close();
    this.#close();
  }

  #end(error) {
    if (error !== undefined) this.#on.nonsense(new Error(`the IPC channel was closed: ${error}`));
    if (this.#open) this.#close();
  }

  #close() {
    this.#open = false;
    this.#target.connected = false;
    this.#target.channel = null;
    const callbacks = this.#waiting.splice(0);
    for (const callback of callbacks) process.nextTick(callback, errors.channelClosed());
    process.nextTick(() => {
      this.#native.removeAllListeners();
      this.#on.close();
      this.#target.emit('disconnect');
    });
  }

  #receive(text, array) {
    let messages;
    try {
      messages = message.decode(text, array);
    } catch (error) {
      this.#native.close();
      this.#end(`a message is no JSON (${error.message})`);
      return;
    }
    // Each in a tick of its own, so that a listener that throws loses no other message.
    for (const each of messages) process.nextTick(() => this.#emit(message.eventOf(each), each));
  }

  #emit(event, value, handle) {
    const heard = event === 'internalMessage' || this.#target.listenerCount(event) > 0;
    if (heard) this.#target.emit(event, value, handle);
    else this.#unheard.push([event, value, handle]);
  }

  #repeat() {
    for (const args of this.#unheard.splice(0)) this.#emit(...args);
  }

  #act(text) {
    let act;
    try {
      act = JSON.parse(text);
    } catch (error) {
      this.#native.close();
      this.#end(`an act is no JSON (${error.message})`);
      return;
    }
    this.#on.act(act);
  }
}

module.exports = Channel;
