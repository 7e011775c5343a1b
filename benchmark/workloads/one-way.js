'use strict';

/** Messages one way: from the primary to each of its workers, or from the one worker to the primary. */

const assert = require('node:assert');
const payloads = require('./payloads');
const { cluster, workload, Peer, team, measured } = require('./peer');

const { from, payload = 'text', bytes, burst, workers = 1 } = workload;

const message = payloads[payload](bytes);

/** So many in each turn of the event loop, however many wait already. */
function sendInBursts(peers, count) {
  return new Promise((resolve) => {
    let left = count;
    setImmediate(function turn() {
      const now = Math.min(burst, left);
      for (let i = 0; i < now; i++) for (const peer of peers) peer.send(message);
      left -= now;
      if (left > 0) setImmediate(turn);
      else resolve();
    });
  });
}

/** The next when the one before has left, so that no queue builds but the kernel's. */
async function sendPaced([peer], count) {
  await new Promise((resolve) => {
    let left = count;
    (function next() {
      if (left-- === 0) resolve();
      else peer.send(message, next);
    })();
  });
}

const send = burst === undefined ? sendPaced : sendInBursts;

let compared = false;

/** Resolves when so many have been received. */
function receive(peer, count) {
  return new Promise((resolve) => {
    let left = count;
    peer.ondata = (received) => {
      if (!compared) assert.deepStrictEqual(received, message);
      compared = true;
      if (--left === 0) resolve();
    };
  });
}

/** Both resolve when the receivers have all. */
const directions = {
  primary: (peers) => async (count) => {
    const received = peers.map((peer) => peer.order('receive', count));
    await send(peers, count);
    await Promise.all(received);
  },

  worker:
    ([peer]) =>
    async (count) => {
      const received = receive(peer, count);
      await peer.order('send', count);
      await received;
    },
};

async function primary() {
  const peers = await team(workers);
  await measured(peers, directions[from](peers), workers);
}

if (cluster.isPrimary) {
  primary();
} else {
  const peer = new Peer(process, {
    receive: (count) => receive(peer, count),
    send: (count) => send([peer], count),
  });
}
