'use strict';

// The clients of scripts/soak.js. They begin at the message 'go', and end at 'rest'. They report their counts
// every second and at the end. If a worker is killed, its clients fail. They tell of each failure when it was, and
// which worker had the connection, if they know.

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
/** Those that were not reported yet. */
let failures = [];
const agent = new http.Agent({ keepAlive: true, maxSockets: LANES });
/** By socket: the pid of the worker that has answered over it. */
const owners = new WeakMap();
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
  try {
    const [response] = await once(sent, 'response');
    owners.set(sent.socket, Number(response.headers['x-pid']));
    await once(response.resume(), 'end');
  } catch (error) {
    error.pid = owners.get(sent.socket);
    throw error;
  }
}

async function lane(name, act) {
  while (isOn) {
    const since = Date.now();
    try {
      await act();
      counts[name]++;
    } catch ({ pid, message }) {
      counts.failed++;
      failures.push({ name, pid, message, since, at: Date.now() });
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
  report({ resting: true });
}

function report(more) {
  process.send({ ...counts, ...more, failures });
  failures = [];
}

process.on('message', (message) => (message === 'go' ? go() : rest()));
setInterval(() => isOn && report(), 1000);
