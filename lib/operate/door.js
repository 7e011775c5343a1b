'use strict';

/**
 * A small HTTP server of the primary, on a TCP address or a unix socket. No worker has a part in its answers, so it answers
 * while all of them are blocked.
 */

const http = require('node:http');
const { once } = require('node:events');
const answer = require('./routes');

/** A client has this time to ask, and as much to read the answer, in ms. After twice this time it is sent away. */
const PATIENCE = 5000;

/** So many clients at once. What is beyond is closed. */
const CLIENTS = 64;

class Door {
  #server;
  #mayOrder;
  /** What it opens to. It waits for that, because a door is opened before the workers are started. */
  #house;
  #enter;
  #patience;
  /** The sockets of clients who wait for an answer. */
  #waiting = new WeakSet();

  /** @param {{ mayOrder: boolean, patience?: number }} options whether who comes in may also give orders */
  constructor({ mayOrder, patience = PATIENCE }) {
    this.#mayOrder = mayOrder;
    this.#patience = patience;
    this.#house = new Promise((resolve) => (this.#enter = resolve));
    this.#server = http.createServer({
      requestTimeout: patience,
      headersTimeout: patience,
      connectionsCheckingInterval: patience,
    });
    this.#server.maxConnections = CLIENTS;
    this.#server.on('request', (request, response) => this.#receive(request, response));
  }

  /**
   * @param {{ path: string } | { host: string, port: number }} where
   * @returns {Promise<string | import('node:net').AddressInfo>} the address. It is rejected with the error of `listen()`
   */
  async open(where) {
    this.#server.listen(where);
    await once(this.#server, 'listening');
    // What goes wrong with one client is no error of the process.
    this.#server.on('error', () => {});
    return /** @type {string | import('node:net').AddressInfo} */ (this.#server.address());
  }

  /**
   * From now on it answers.
   * @param {{ supervisor: import('../..').Supervisor, readiness: import('./readiness') }} house
   */
  serve(house) {
    this.#enter(house);
    house.supervisor.once('stop', () => this.close());
  }

  /** Answers that are due are still given. Who does not read them in time does not keep the process. */
  close() {
    const server = /** @type {Partial<import('node:http').Server>} */ (this.#server);
    this.#server.close();
    server.closeIdleConnections?.();
    setTimeout(() => server.closeAllConnections?.(), this.#patience).unref();
  }

  /** One answer at a time. Requests that come before it would cost time and memory without a limit. */
  #receive(request, response) {
    const { socket } = request;
    if (this.#waiting.has(socket)) {
      socket.destroy();
      return;
    }
    this.#waiting.add(socket);
    response.once('close', () => this.#waiting.delete(socket));
    void this.#respond(request, response);
  }

  async #respond(request, response) {
    // Nothing that is asked has a body.
    request.resume();
    const house = await this.#house;
    const { method, url } = request;
    // `new URL()` would throw at some of what clients write.
    const [path, query = ''] = url.split('?', 2);
    const { status, type, body, allow } = await answer(
      { method, path, mayOrder: this.#mayOrder },
      { ...house, query: new URLSearchParams(query) },
    );
    const isOver = house.supervisor.state === 'stopped';
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      ...(allow && { Allow: allow }),
      ...(isOver && { Connection: 'close' }),
    });
    request.socket.setTimeout(this.#patience);
    response.end(method === 'HEAD' ? undefined : body);
  }
}

module.exports = Door;
