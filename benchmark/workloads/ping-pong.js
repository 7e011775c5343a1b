'use strict';

/** Sends a message to the worker, and the next one when the worker has sent it back. */

const assert = require('node:assert');
const payloads = require('./payloads');
const { cluster, workload, Peer, team, measured } = require('./peer');

const { payload = 'text', bytes } = workload;

const message = payloads[payload](bytes);

function pingPong(peer, count) {
  const times = new Float64Array(count);
  return new Promise((resolve) => {
    let trips = 0;
    let start;
    const ping = () => {
      start = performance.now();
      peer.send(message);
    };
    peer.ondata = (received) => {
      if (trips === 0) assert.deepStrictEqual(received, message);
      times[trips++] = performance.now() - start;
      if (trips < count) ping();
      else resolve({ p50: times.sort()[count >> 1] * 1000 });
    };
    ping();
  });
}

async function primary() {
  const peers = await team(1);
  await measured(peers, (count) => pingPong(peers[0], count));
}

if (cluster.isPrimary) {
  primary();
} else {
  const peer = new Peer(process);
  peer.ondata = (message) => peer.send(message);
}
