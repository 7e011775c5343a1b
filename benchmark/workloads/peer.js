'use strict';

/**
 * What a program that sends messages has in common with the others: a way for the primary to give
 * its workers orders, and the measured part.
 */

const cluster = require('./cluster');

const workload = JSON.parse(process.argv[2]);

/** One end of a channel, with its one listener for orders, answers, and the messages that are measured. */
class Peer {
  #answered;
  #duties;

  /**
   * @param {process | import('node:cluster').Worker} end
   * @param {Record<string, (request) => unknown>} duties what the other end may order
   */
  constructor(end, duties = {}) {
    this.#duties = { usage: () => process.cpuUsage(), ...duties };
    /** Gets the messages that are no orders and no answers. */
    this.ondata = undefined;
    this.send = end.send.bind(end);
    end.on('message', (message, handle) => {
      if (message.control === undefined) this.ondata(message, handle);
      else this.#control(message);
    });
  }

  /** Orders one thing; one at a time. @returns {Promise<unknown>} the answer, when it is done */
  order(duty, request) {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.send({ control: 'order', duty, request });
    });
  }

  async #control({ control, duty, request, answer }) {
    if (control === 'answer') this.#answered(answer);
    else this.send({ control: 'answer', answer: await this.#duties[duty](request) });
  }
}

/** Forks workers and waits until their scripts run. @returns {Promise<Peer[]>} */
async function team(size) {
  cluster.setupPrimary({ serialization: workload.serialization });
  // A worker that fails would never answer.
  cluster.on('exit', (_worker, code, signal) => {
    if (code !== 0) throw new Error(`a worker ended with ${signal ?? code}`);
  });
  const peers = Array.from({ length: size }, () => new Peer(cluster.fork()));
  await usage(peers);
  return peers;
}

/** CPU time of all processes so far, user and system, of all their threads, in µs. */
async function usage(peers) {
  const all = [...(await Promise.all(peers.map((peer) => peer.order('usage')))), process.cpuUsage()];
  return all.reduce((sum, { user, system }) => sum + user + system, 0);
}

/**
 * Runs something twice, first for the JIT compilers and then to be measured, and prints CPU and
 * wall time of one message. What asking the workers costs is two messages of many.
 *
 * @param {Peer[]} peers
 * @param {(count: number) => Promise<object | void>} run resolves when all is done on both ends,
 *   with other metrics, if there are any
 * @param {number} [copies] how many messages each of the count is
 */
async function measured(peers, run, copies = 1) {
  const { count, warmUp } = workload;
  await run(warmUp);
  const before = await usage(peers);
  const start = performance.now();
  const metrics = await run(count);
  const wall = (performance.now() - start) * 1000;
  const cpu = (await usage(peers)) - before;
  const each = (total) => total / (count * copies);
  console.log(JSON.stringify({ ...metrics, CPU: each(cpu), wall: each(wall) }));
  cluster.disconnect();
}

module.exports = { cluster, workload, Peer, team, measured };
