'use strict';

/** Messages in one direction: from the primary to each of its workers, or from the only worker to the primary. */

const assert = require('node:assert');
const payloads = require('./payloads');
const { cluster, workload, Peer, team, measured } = require('./peer');

const { from, payload = 'text', bytes, burst, workers = 1 } = workload;

const message = payloads[payload](bytes);

/** Sends `burst` messages in each turn of the event loop, even if others are pending. */
function sendInBursts(peers, count) {
  return new Promise((resolve) => {
    let remaining = count;
    setImmediate(function turn() {
      const now = Math.min(burst, remaining);
      for (let i = 0; i < now; i++) for (const peer of peers) peer.send(message);
      remaining -= now;
      if (remaining > 0) setImmediate(turn);
      else resolve();
    });
  });
}

/** Sends the next message when the previous one is written, so that no message is pending in this process. */
async function sendPaced([peer], count) {
  await new Promise((resolve) => {
    let remaining = count;
    (function next() {
      if (remaining-- === 0) resolve();
      else peer.send(message, next);
    })();
  });
}

const send = burst === undefined ? sendPaced : sendInBursts;

let compared = false;

/** Resolves when `count` messages were received. */
function receive(peer, count) {
  return new Promise((resolve) => {
    let remaining = count;
    peer.ondata = (received) => {
      if (!compared) assert.deepStrictEqual(received, message);
      compared = true;
      if (--remaining === 0) resolve();
    };
  });
}

/** By sender. Both resolve when the receivers have received all messages. */
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
