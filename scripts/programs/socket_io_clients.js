'use strict';

/**
 * Clients of Socket.IO over WebSocket. Each emits one event after the other, and each event must be acknowledged, with its
 * own value. A client connects again when its connection ends. With the option `retries`, which its documentation names for
 * this, it emits again what was not acknowledged.
 */

const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');

const CLIENTS = 12;

/** The longest pause between an acknowledgement and the next event, in ms. */
const PAUSE = 10;

/** An event that is not acknowledged within this time is emitted again, in ms. */
const TIMEOUT = 5000;

/** So often. After that it is lost. */
const RETRIES = 5;

class SocketIoClients {
  #isOver = false;
  #result = { answered: 0, failed: 0, notes: [] };
  /** The processes that have greeted a client. */
  #greeted = new Set();
  /** How many connections have ended, though no client wanted it. */
  #broken = 0;
  #port;
  #io;
  #done;

  /** @param {number} port @param {typeof import('socket.io-client')} client */
  constructor(port, { io }) {
    this.#port = port;
    this.#io = io;
    this.#done = Promise.all(Array.from({ length: CLIENTS }, (_, at) => this.#run(at)));
  }

  #connect() {
    const socket = this.#io(`http://127.0.0.1:${this.#port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 500,
      ackTimeout: TIMEOUT,
      retries: RETRIES,
    });
    socket.on('hello', (pid) => this.#greeted.add(pid));
    // Each of them may cost an event that was on its way.
    socket.on('disconnect', (reason) => (this.#broken += reason === 'io client disconnect' ? 0 : 1));
    return socket;
  }

  async #run(client) {
    const socket = this.#connect();
    for (let at = 0; !this.#isOver; at++) {
      const value = `event ${at} of client ${client}`;
      try {
        const acknowledged = await socket.emitWithAck('echo', value);
        if (acknowledged !== value) throw new Error(`${value} acknowledged as ${acknowledged}`);
        this.#result.answered++;
      } catch ({ message }) {
        this.#result.failed++;
        this.#result.notes.push(message);
      }
      await sleep(Math.random() * PAUSE);
    }
    socket.disconnect();
  }

  /** Connects until each worker has greeted a client. */
  async answeredByAll(command) {
    const workers = await command.workers();
    const start = Date.now();
    while (!workers.every((pid) => this.#greeted.has(pid))) {
      const socket = this.#connect();
      await once(socket, 'hello');
      socket.close();
      if (Date.now() - start > TIMEOUT * RETRIES)
        throw new Error(`not all of ${workers} have greeted a client`);
    }
  }

  /** @returns {Promise<{ answered: number, failed: number, notes: string[] }>} all that came of it */
  async end() {
    this.#isOver = true;
    await this.#done;
    return { ...this.#result, broken: this.#broken };
  }
}

module.exports = SocketIoClients;
