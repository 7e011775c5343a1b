'use strict';

/** The load that the primary of `scripts/soak.js` makes by itself: messages, and sockets that it sends to workers. */

const { once } = require('node:events');
const net = require('node:net');

/** How many messages are sent together, and how often, in ms. */
const BURST = 20;
const BURST_INTERVAL = 10;

class Traffic {
  #workers;
  #interval;
  #server;
  sockets = 0;

  constructor(workers) {
    this.#workers = workers;
    this.#server = net.createServer({ pauseOnConnect: true }, (socket) => {
      this.sockets++;
      const worker = workers.any();
      if (worker === undefined) socket.destroy();
      else worker.send('a socket', socket, () => {});
    });
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.#server.address().port;
  }

  flow(isOn) {
    clearInterval(this.#interval);
    if (isOn) this.#interval = setInterval(() => this.#burst(), BURST_INTERVAL);
  }

  #burst() {
    const worker = this.#workers.any();
    for (let i = 0; i < BURST && worker?.isConnected(); i++)
      worker.send({ i, text: 'x'.repeat(i * 10) }, () => {});
  }
}

module.exports = Traffic;
