'use strict';

// The clients of scripts/soak.js. They begin at the message 'go', and end at 'rest'. They report their counts
// every second and at the end. If a worker is killed, its clients fail, and are counted as failed.

const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');

const HOST = '127.0.0.1';

/** How long a client waits for an answer, in ms. */
const TIMEOUT = 10_000;

/** How many clients of each kind run at the same time. */
const LANES = 8;

const ports = JSON.parse(process.argv[2]);
const counts = { connections: 0, requests: 0, given: 0, failed: 0 };
const agent = new http.Agent({ keepAlive: true, maxSockets: LANES });
let running = [];
let isOn = false;

async function connect(port) {
  const socket = net.connect(port, HOST).setTimeout(TIMEOUT, () => socket.destroy(new Error('nothing came')));
  let text = '';
  socket.on('data', (data) => (text += data));
  await once(socket, 'end');
  if (text === '') throw new Error('no answer');
}

async function request() {
  const sent = http.get({ port: ports.http, host: HOST, agent, timeout: TIMEOUT });
  sent.once('timeout', () => sent.destroy(new Error('nothing came')));
  const [response] = await once(sent, 'response');
  await once(response.resume(), 'end');
}

async function lane(name, act) {
  while (isOn) {
    try {
      await act();
      counts[name]++;
    } catch {
      counts.failed++;
    }
  }
}

function go() {
  isOn = true;
  const kinds = {
    connections: () => connect(ports.net),
    requests: request,
    given: () => connect(ports.sockets),
  };
  running = Object.entries(kinds).flatMap(([name, act]) =>
    Array.from({ length: LANES }, () => lane(name, act)),
  );
}

async function rest() {
  isOn = false;
  await Promise.all(running);
  // Connections that are kept alive would stay open in a worker.
  agent.destroy();
  process.send({ ...counts, resting: true });
}

process.on('message', (message) => (message === 'go' ? go() : rest()));
setInterval(() => isOn && process.send(counts), 1000);
