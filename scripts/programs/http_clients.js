'use strict';

/** Clients that send one request after the other, each over a connection of its own that is kept alive. */

const { once } = require('node:events');
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const CLIENTS = 12;

/** The longest pause between an answer and the next request, in ms: connections are idle now and then. */
const PAUSE = 4;

/** A request that is not answered within this time has failed, in ms. */
const TIMEOUT = 30_000;

class HttpClients {
  #port;
  #isOver = false;
  #result = { answered: 0, failed: 0, notes: [] };
  #done;

  /** @param {number} port */
  constructor(port) {
    this.#port = port;
    this.#done = Promise.all(Array.from({ length: CLIENTS }, () => this.#run()));
  }

  async #run() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.#isOver) {
      try {
        await this.#ask(agent);
        this.#result.answered++;
      } catch ({ code, message }) {
        this.#result.failed++;
        this.#result.notes.push(code ?? message);
      }
      await sleep(Math.random() * PAUSE);
    }
    agent.destroy();
  }

  /** Nothing is sent twice: what breaks has failed. */
  async #ask(agent) {
    const signal = AbortSignal.timeout(TIMEOUT);
    const options = { host: '127.0.0.1', port: this.#port, agent, signal };
    const [response] = await once(http.get(options), 'response');
    let text = '';
    response.setEncoding('utf8').on('data', (data) => (text += data));
    await once(response, 'end');
    const isGood = response.statusCode === 200 && /process \d+/.test(text);
    if (!isGood) throw new Error(`answered ${response.statusCode} ${text.slice(0, 80)}`);
  }

  /** @param {import('./command')} command @returns {Promise<void>} rejected unless each worker answers */
  answeredByAll(command) {
    return command.answeredByAll();
  }

  /** @returns {Promise<{ answered: number, failed: number, notes: string[] }>} all that came of it */
  async end() {
    this.#isOver = true;
    await this.#done;
    return this.#result;
  }
}

module.exports = HttpClients;
