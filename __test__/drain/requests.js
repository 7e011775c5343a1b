'use strict';

// Clients that keep their connections busy lose no request while their workers are replaced.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const path = require('node:path');
const { drains } = require('../fixtures/drains');

const WORKERS = 2;
const CLIENTS = 12;
const REPLACEMENTS = 4;

/** No client is idle for so long, in ms: the default of 5 s would only take longer. */
const IDLE_GRACE = 1000;

const fixture = (name) => fs.readFileSync(path.join(__dirname, '../fixtures', name));

/** A client of http or https. @returns {() => Promise<void>} sends a request over its connection */
function clientOf(protocol) {
  return (port) => {
    const agent = new protocol.Agent({ keepAlive: true, maxSockets: 1 });
    const options = { port, agent, host: '127.0.0.1', method: 'POST', rejectUnauthorized: false };
    return async () => {
      const request = protocol.request(options).end('a body');
      const [response] = await once(request, 'response');
      await once(response.resume(), 'end');
    };
  };
}

/** The same for HTTP/2. A session that was told to end opens no stream, so the next one does. */
function clientOfHttp2(port) {
  let session;
  return async () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(`http://127.0.0.1:${port}`);
      session.unref();
    }
    const stream = session.request({ ':method': 'POST' });
    try {
      await once(stream.end('a body'), 'response');
      await once(stream.resume(), 'end');
    } catch (error) {
      // It was opened when the session was told to end, and nobody has seen it: RFC 9113, 8.7.
      if (stream.rstCode !== http2.constants.NGHTTP2_REFUSED_STREAM) throw error;
    }
  };
}

/** Sends one request after another, and counts what comes of them, until `state.isOver`. */
async function run(request, state) {
  while (!state.isOver) {
    try {
      await request();
      state.answered++;
    } catch (error) {
      state.errors.push(error.code);
    }
  }
}

/** Replaces workers, one by one, while clients come. */
async function replace(cluster, client, port, workers) {
  const state = { isOver: false, answered: 0, errors: [] };
  const clients = Array.from({ length: CLIENTS }, () => run(client(port), state));
  for (let i = 0; i < REPLACEMENTS; i++) {
    const next = cluster.fork();
    await once(next, 'listening');
    const before = state.answered;
    assert.deepStrictEqual(await workers.shift().drain({ idleGrace: IDLE_GRACE }), { killed: false });
    workers.push(next);
    // Each replacement is seen by clients.
    while (state.answered < before + CLIENTS) await new Promise(setImmediate);
  }
  state.isOver = true;
  await Promise.all(clients);
  assert.deepStrictEqual(state.errors, []);
  await Promise.all(workers.map((worker) => worker.drain({ idleGrace: IDLE_GRACE })));
}

const answer = (request, response) => {
  // A server that does not answer in the tick of the request, as most.
  request.resume().on('end', () => setImmediate(() => response.end('an answer')));
};

/** A proxy copies this header from the server behind it. */
const insist = (request, response) => {
  response.setHeader('Connection', 'keep-alive');
  answer(request, response);
};

const tls = { key: 'key.pem', cert: 'cert.pem' };

const SERVERS = {
  http: { client: clientOf(http), make: () => http.createServer(answer) },
  'http that insists on keep-alive': { client: clientOf(http), make: () => http.createServer(insist) },
  http2: { client: clientOfHttp2, make: () => http2.createServer(answer) },
  https: {
    client: clientOf(https),
    make: () => https.createServer({ key: fixture(tls.key), cert: fixture(tls.cert) }, answer),
  },
};

for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
  for (const [name, { client, make }] of Object.entries(SERVERS)) {
    drains(`no request of ${name} is lost while workers are replaced (${policy})`, {
      count: WORKERS,
      policy,
      primary: ({ cluster, workers, port }) => replace(cluster, client, port, workers),
      worker: make,
    });
  }

  drains(`no request is lost if workers listen on an inherited descriptor (${policy})`, {
    count: WORKERS,
    policy,
    under: [process.execPath, path.join(__dirname, '../fixtures/with_socket.js')],
    primary: ({ cluster, workers }) =>
      replace(cluster, clientOf(http), Number(process.env.INHERITED_PORT), workers),
    worker() {
      http.createServer(answer).listen({ fd: 3 });
    },
  });
}
