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

const fs = require('node:fs');
const process = require('node:process');
const Batch = require('./batch');
const beforeExit = require('./before_exit');
const Control = require('./control');
const errors = require('./errors');
const Acts = require('./lifecycle');
const message = require('./message');
const trace = require('./trace');

/** `send()` returns false from here on: the reader is more than two reads behind (Node's own number). */
const HIGH_WATER = 2 * 65536;

/**
 * So many messages of a tick leave at once, each by itself; only what comes after them gathers.
 * A program that says two or three things and then blocks, or kills itself, has said them. Of one
 * that has said more in its last tick, only the first leaves at once: more will come.
 */
const PROMPT = 4;

/** A message longer than this leaves by itself. */
const LONG = 4096;

/** A process that asks and asks, and does not read the answers, is cut off when so many wait. */
const UNREAD = 10_000;

/** Messages that gather in one tick leave at this many bytes, without waiting for its end. */
const GATHER = 65536;

let loaded;

/** What is known of handles is loaded with the first of them: many processes never see one. */
const handles = () => (loaded ??= require('./handle'));

/** The same where a message came with a handle; nothing if there is no room for that file. */
function loadedOrCrowded() {
  try {
    return handles();
  } catch (error) {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    return undefined;
  }
}
/** As Node's `validateObject`. */
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The channels of this process. At exit no tick will follow, at whose end they would write. */
const open = new Set();

beforeExit(() => {
  for (const channel of open) channel.hurry();
});

class Channel {
  /**
   * Callbacks of messages that have not left, the oldest first, and where in the stream each
   * message ends: unknown as long as it gathers.
   * @type {{ callback: Function, end: number | undefined }[]}
   */
  #waiting = [];
  /** Messages for which nobody listens yet. */
  #unheard = [];
  /** How many messages were sent in this tick, and how many of them leave at once. */
  #sentInTick = 0;
  #prompt = PROMPT;
  /** Those of them that leave together. */
  #batch = new Batch(GATHER);
  /** Bytes that the socket did not take yet. */
  #left = 0;
  #open = true;
  /** How many answers may wait: since nothing did. */
  #unread = 0;
  /** What the other process says of its life. */
  #acts;
  #native;
  #sockets;
  #sendText;
  #sendBuffer;
  #serialization;
  #target;
  #on;

  /**
   * @param {EventEmitter} target
   * @param {object} native the addon's Worker
   * @param {'json' | 'advanced'} serialization
   * @param {object} on
   * @param {Record<string, (act: object) => void>} on.acts what the other process may say of its life
   *   (`./lifecycle`)
   * @param {(isOurs: boolean) => void} on.close comes before 'disconnect' is emitted, and says whether
   *   this end closed it
   * @param {(error: Error) => void} on.nonsense that process broke the protocol, and was cut off
   * @param {boolean} held whether the channel keeps the process alive from the start
   */
  constructor(target, native, serialization, on, held) {
    this.#target = target;
    this.#native = native;
    this.#sendText = native.textSender();
    this.#sendBuffer = native.bufferSender();
    this.#serialization = serialization;
    message.prepare(serialization);
    this.#on = on;
    this.#acts = new Acts({
      __proto__: null,
      ...on.acts,
      socketsAsked: (act) => this.#socketsAsked(act),
      socketsCounted: (act) => this.#sockets?.counted(act),
    });
    this.control = new Control(native, held);

    native.on('json', (text, several) => this.#receive(text, several));
    native.on('advanced', (buffer, several) => this.#receive(buffer, several));
    native.on('handle', (note, body, descriptor) => this.#receiveHandle(note, body, descriptor));
    native.on('act', (text) => process.nextTick(() => this.#act(text)));
    native.on('written', () => this.#settle(this.#flush()));
    native.on('end', (error) => this.#end(error));

    const channel = this;
    target.channel = this.control;
    target.connected = true;
    target.send = function send(value, handle, options, callback) {
      return channel.send(value, handle, options, callback);
    };
    target.disconnect = function disconnect() {
      channel.disconnect();
    };
    target.on('newListener', (event) => {
      if (event === 'message' && this.#unheard.length > 0) process.nextTick(() => this.#repeat());
    });
    native.start(native.emit.bind(native));
    open.add(this);
  }

  /** Those that went over this channel and are counted. */
  get sockets() {
    return (this.#sockets ??= new (handles().Sockets)(this));
  }

  /** `subprocess.send(message[, sendHandle[, options]][, callback])` */
  send(value, handle, options, callback) {
    if (typeof handle === 'function') [handle, callback] = [undefined, handle];
    else if (typeof options === 'function') callback = options;
    else if (options !== undefined && !isObject(options)) {
      throw errors.invalidArgument('options', 'of type object', options);
    }
    if (!this.#target.connected) return this.#fail(errors.channelClosed(), callback);
    const body = message.encode(value, this.#serialization);
    // Sent twice, a socket has no handle any more: the message goes alone.
    const packed = handle ? handles().pack(handle, { ...options }, this) : undefined;
    trace?.('channel of %s: sends %s', this.#target.pid, message.describe(body, packed?.type));
    return packed ? this.#postHandle(body, packed, callback) : this.#post(body, callback);
  }

  /** The first messages of a tick leave at once; those that follow gather until its end. */
  #post(body, callback) {
    if (++this.#sentInTick === 1) this.#begin();
    // What is long gains nothing in company.
    const alone = this.#sentInTick <= this.#prompt || body.length > LONG;
    if (!alone) return this.#posted(this.#gather(body), callback);
    if (this.#batch.length > 0) this.#flush();
    return this.#posted(this.#write(body, false), callback);
  }

  /** The first message of a tick: at the end of it, what has gathered leaves. */
  #begin() {
    // Node runs no tick after this one.
    if (process._exiting) this.#prompt = Infinity;
    else process.nextTick(this.#leave);
  }

  /** A write that fails here fails at the end of the tick as well. Returns how many bytes wait. */
  #gather(body) {
    if (!this.#batch.takes(body)) this.#settle(this.#flush());
    this.#batch.add(body);
    if (typeof body !== 'string') message.release(body);
    return this.#left + this.#batch.length;
  }

  /** What has gathered leaves. Returns how many bytes wait, or a negative error number. */
  #flush() {
    const bodies = this.#batch.take();
    return bodies === undefined ? this.#native.flush() : this.#write(bodies, true);
  }

  /** Writes a message, or several. Returns as `#flush`. */
  #write(body, several) {
    if (typeof body === 'string') return this.#sendText(body, several);
    const left = this.#sendBuffer(body, several);
    if (!several) message.release(body);
    return left;
  }

  #postHandle(body, { note, descriptor, given }, callback) {
    if (this.#batch.length > 0) this.#flush();
    const left = this.#native.sendHandle(body, note, descriptor);
    given();
    return this.#posted(left, callback);
  }

  #posted(left, callback) {
    if (left < 0) return this.#fail(errors.system(left, 'write'), callback);
    if (typeof callback === 'function') this.#waiting.push({ callback, end: undefined });
    this.#settle(left);
    return left < HIGH_WATER;
  }

  /** The end of a tick: what has gathered leaves. */
  #leave = () => {
    const gathered = this.#sentInTick > this.#prompt;
    this.#prompt = this.#sentInTick > PROMPT ? 1 : PROMPT;
    this.#sentInTick = 0;
    if (!gathered || !this.#open) return;
    const left = this.#flush();
    // As a write that fails at once; of one that fails later, the end of the channel tells.
    if (left < 0 && this.#waiting.length === 0) this.#fail(errors.system(left, 'write'));
    this.#settle(left);
  };

  /** Calls back those whose messages have left. */
  #settle(left) {
    this.#left = Math.max(left - this.#batch.length, 0);
    if (this.#waiting.length > 0) this.#callBack(left);
  }

  #callBack(left) {
    if (left <= 0) {
      this.#callBackAll(left < 0 ? errors.system(left, 'write') : null);
      return;
    }
    // What gathers is not in the stream yet.
    if (this.#batch.length > 0) return;
    const { written } = this.#native;
    const waiting = this.#waiting;
    for (let i = waiting.length - 1; i >= 0 && waiting[i].end === undefined; i--) {
      waiting[i].end = written + left;
    }
    while (waiting.length > 0 && waiting[0].end <= written) process.nextTick(waiting.shift().callback, null);
  }

  #callBackAll(outcome) {
    for (const { callback } of this.#waiting.splice(0)) process.nextTick(callback, outcome);
  }

  #fail(error, callback) {
    if (typeof callback === 'function') process.nextTick(callback, error);
    else process.nextTick(() => this.#target.emit('error', error));
    return false;
  }

  /** Sends a lifecycle act, behind all that was sent before. Returns how many bytes wait. */
  act(act) {
    if (!this.#open) return 0;
    trace?.('channel of %s: sends act %j', this.#target.pid, act);
    this.#flush();
    return this.#native.act(JSON.stringify(act));
  }

  /** Sends the answer to an act. */
  answer(act) {
    this.#unread = this.act(act) > 0 ? this.#unread + 1 : 0;
    if (this.#unread > UNREAD) this.refuse('it asks, and does not read the answers');
  }

  /** From now on nothing gathers: this tick is the last. */
  hurry() {
    this.#flush();
    this.#prompt = Infinity;
  }

  disconnect() {
    if (!this.#target.connected) {
      this.#target.emit('error', errors.disconnected());
      return;
    }
    this.#settle(this.#flush());
    trace?.('channel of %s: disconnects', this.#target.pid);
    // What still waits is written before the socket closes.
    this.#native.close();
    this.#close(null);
  }

  /** Calls back when a channel that has closed has nothing more to write, or nobody to read it. */
  drained(callback) {
    if (this.#native.fd == null) callback();
    else this.#native.once('gone', callback);
  }

  /** The other end is lost, though this channel does not show it. */
  lose() {
    if (!this.#open) return;
    this.#native.close();
    this.#end();
  }

  /** The other process is gone, though this channel does not show it: reads what it has written, and ends. */
  finish() {
    if (this.#open) this.#native.finish();
  }

  /** The other end broke the protocol: nothing more is read from there. */
  refuse(error) {
    if (!this.#open) return;
    this.#native.cut();
    this.#end(error);
  }

  #end(error) {
    trace?.('channel of %s: has ended%s', this.#target.pid, error ? `: ${error}` : '');
    if (error !== undefined) this.#on.nonsense(new Error(`the IPC channel was closed: ${error}`));
    if (this.#open) this.#close(errors.channelClosed());
  }

  /** @param {Error | null} outcome of the messages that wait */
  #close(outcome) {
    this.#open = false;
    open.delete(this);
    this.#target.connected = false;
    this.#target.channel = null;
    this.#callBackAll(outcome);
    process.nextTick(() => {
      this.#native.removeAllListeners();
      this.#sockets?.end();
      this.#on.close(outcome === null);
      this.#target.emit('disconnect');
    });
  }

  #receive(body, several) {
    const decoded = this.#understand('a message', () => message.decode(body, several, this.#serialization));
    if (decoded === undefined) return;
    trace?.('channel of %s: receives %s', this.#target.pid, message.describe(body));
    // Each in a tick of its own, so that a listener that throws loses no other message.
    for (const each of several ? decoded : [decoded]) this.#deliver(each);
  }

  #receiveHandle(text, body, descriptor) {
    const handle = loadedOrCrowded();
    const parcel = this.#understand('a message with a handle', () => ({
      value: message.decode(body, false, this.#serialization),
      note: handle?.read(text, descriptor),
    }));
    if (parcel?.note === undefined) fs.closeSync(descriptor);
    if (parcel === undefined) return;
    const { value, note } = parcel;
    trace?.('channel of %s: receives %s', this.#target.pid, message.describe(body, note?.type));
    const deliver = (received) => this.#deliver(value, received);
    if (note === undefined) deliver(undefined);
    else handle.take(note, descriptor, this, deliver);
  }

  #act(text) {
    const act = this.#understand('an act', () => this.#acts.read(text));
    if (act === undefined) return;
    trace?.('channel of %s: receives act %j', this.#target.pid, act);
    this.#acts.perform(act);
  }

  #socketsAsked(act) {
    // No socket came, though one was sent: there was no room for it.
    if (this.#sockets === undefined) this.answer({ act: 'socketsCounted', seq: act.seq, count: 0 });
    else this.#sockets.asked(act);
  }

  /** Reads what the other process wrote. After a protocol error nothing more is read from there. */
  #understand(what, parse) {
    try {
      return parse();
    } catch (error) {
      this.refuse(`${what} makes no sense (${error.message})`);
      return undefined;
    }
  }

  #deliver(value, handle) {
    process.nextTick(this.#emit, message.eventOf(value), value, handle);
  }

  // One function for all messages: a closure for each would be made and thrown away.
  #emit = (event, value, handle) => {
    const heard = event === 'internalMessage' || this.#target.listenerCount(event) > 0;
    if (!heard) this.#unheard.push([event, value, handle]);
    else if (!this.#target.emit(event, value, handle) && handle !== undefined) handles().drop(handle);
  };

  #repeat() {
    for (const args of this.#unheard.splice(0)) this.#emit(...args);
  }
}

module.exports = Channel;
