'use strict';

/** The messages that the peer of one channel has sent, until a listener of this process gets them. */

const fs = require('node:fs');
const process = require('node:process');
const message = require('./message');
const trace = require('./trace');

let loaded;

/** `./handle`, or undefined if there is no descriptor to read that file with. */
function handlesIfRoom() {
  try {
    return (loaded ??= require('./handle'));
  } catch (error) {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    return undefined;
  }
}

class Inbox {
  /** Messages that came before there was a listener. */
  #unheard = [];
  #channel;
  #target;
  #serialization;

  /**
   * @param {import('./channel')} channel
   * @param {import('./channel').Target} target emits 'message' and 'internalMessage'
   * @param {'json' | 'advanced'} serialization
   */
  constructor(channel, target, serialization) {
    this.#channel = channel;
    this.#target = target;
    this.#serialization = serialization;
    target.on('newListener', (event) => {
      if (event === 'message' && this.#unheard.length > 0) process.nextTick(() => this.#repeat());
    });
  }

  /** @param {string | Buffer} body @param {boolean} several whether it is a batch */
  receive(body, several) {
    const decode = () => message.decode(body, several, this.#serialization);
    const decoded = this.#channel.understand('a message', decode);
    if (decoded === undefined) return;
    trace?.('channel of %s: receives %s', this.#target.pid, message.describe(body));
    // Each has a tick of its own, so that a listener that throws loses no other message.
    for (const each of several ? decoded : [decoded]) this.#deliver(each);
  }

  /**
   * @param {string} text the note: what the handle is
   * @param {string | Buffer} body
   * @param {number} descriptor is closed here, or belongs to the handle
   */
  receiveHandle(text, body, descriptor) {
    const handles = handlesIfRoom();
    const parcel = this.#channel.understand('a message with a handle', () => ({
      value: message.decode(body, false, this.#serialization),
      note: handles?.read(text, descriptor),
    }));
    if (parcel?.note === undefined) fs.closeSync(descriptor);
    if (parcel === undefined) return;
    const { value, note } = parcel;
    trace?.('channel of %s: receives %s', this.#target.pid, message.describe(body, note?.type));
    const deliver = (handle) => this.#deliver(value, handle);
    if (note === undefined) deliver(undefined);
    else handles?.take(note, descriptor, this.#channel, deliver);
  }

  #deliver(value, handle) {
    process.nextTick(this.#emit, message.eventOf(value), value, handle);
  }

  // One function for all messages, because a closure for each would be garbage at once.
  #emit = (event, value, handle) => {
    const target = this.#target;
    if (event === 'message' && target.listenerCount(event) === 0) {
      this.#unheard.push([event, value, handle]);
    } else if (!target.emit(event, value, handle) && handle !== undefined) {
      require('./handle').drop(handle);
    }
  };

  #repeat() {
    for (const args of this.#unheard.splice(0)) this.#emit(...args);
  }
}

module.exports = Inbox;
