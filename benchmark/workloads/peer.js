'use strict';

/**
 * The common part of the programs that send messages: orders from the primary to its workers, and the
 * measurement.
 */

const cluster = require('./cluster');

const workload = JSON.parse(process.argv[2]);

/**
 * One end of a channel. One listener of 'message' handles orders, answers, and the messages that are measured.
 */
class Peer {
  #answered;
  #duties;

  /**
   * @param {process | import('node:cluster').Worker} end
   * @param {Record<string, (request) => unknown>} duties functions by name, for orders of the other end
   */
  constructor(end, duties = {}) {
    this.#duties = { usage: () => process.cpuUsage(), ...duties };
    /** Is called for each message that is neither an order nor an answer. */
    this.ondata = undefined;
    this.send = end.send.bind(end);
    end.on('message', (message, handle) => {
      if (message.control === undefined) this.ondata(message, handle);
      else this.#control(message);
    });
  }

  /** Sends an order. Only one may be open at a time. @returns {Promise<unknown>} the result of the duty */
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
  // Without this, the primary would wait for ever for the answer of a worker that has failed.
  cluster.on('exit', (_worker, code, signal) => {
    if (code !== 0) throw new Error(`a worker ended with ${signal ?? code}`);
  });
  const peers = Array.from({ length: size }, () => new Peer(cluster.fork()));
  await usage(peers);
  return peers;
}

/** The user and system time of all threads of all processes until now, in µs. */
async function usage(peers) {
  const all = [...(await Promise.all(peers.map((peer) => peer.order('usage')))), process.cpuUsage()];
  return all.reduce((sum, { user, system }) => sum + user + system, 0);
}

/**
 * Calls `run` twice: first without measuring, for the JIT compilers. Then it prints the CPU and wall time of one
 * message. The orders to the workers are two messages of many, so their cost is not subtracted.
 *
 * @param {Peer[]} peers
 * @param {(count: number) => Promise<object | void>} run resolves when both ends are done. Its result may have
 *   other metrics
 * @param {number} [copies] how many messages one unit of `count` is
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
