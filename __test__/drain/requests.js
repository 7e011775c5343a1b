'use strict';

// Clients that keep their connections busy lose no request while their workers are replaced.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { scenario, listening } = require('../harness');

const WORKERS = 2;
const CLIENTS = 12;
const REPLACEMENTS = 4;

const fixture = (name) => fs.readFileSync(path.join(__dirname, '../fixtures', name));

/** Sends one request after another, and counts what comes of them, until `state.isOver`. */
async function client({ protocol, port, agent }, state) {
  while (!state.isOver) {
    await new Promise((resolve) => {
      const options = { port, agent, host: '127.0.0.1', method: 'POST', rejectUnauthorized: false };
      const request = protocol.request(options, (response) => {
        response.resume().on('error', fail);
        response.on('end', () => {
          state.answered++;
          resolve();
        });
      });
      const fail = (error) => {
        state.errors.push(error.code);
        resolve();
      };
      request.on('error', fail).end('a body');
    });
  }
}

/** Replaces workers, one by one, while clients come. */
async function replace(cluster, protocol, port, workers) {
  const state = { isOver: false, answered: 0, errors: [] };
  const agents = Array.from(
    { length: CLIENTS },
    () => new protocol.Agent({ keepAlive: true, maxSockets: 1 }),
  );
  const clients = agents.map((agent) => client({ protocol, port, agent }, state));
  for (let i = 0; i < REPLACEMENTS; i++) {
    const next = cluster.fork();
    await once(next, 'listening');
    const before = state.answered;
    assert.deepStrictEqual(await workers.shift().drain(), { killed: false });
    workers.push(next);
    // Each replacement is seen by clients.
    while (state.answered < before + CLIENTS) await new Promise(setImmediate);
  }
  state.isOver = true;
  await Promise.all(clients);
  for (const agent of agents) agent.destroy();
  assert.deepStrictEqual(state.errors, []);
  await Promise.all(workers.map((worker) => worker.drain()));
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
  http: { protocol: http, make: () => http.createServer(answer) },
  'http that insists on keep-alive': { protocol: http, make: () => http.createServer(insist) },
  https: {
    protocol: https,
    make: () => https.createServer({ key: fixture(tls.key), cert: fixture(tls.cert) }, answer),
  },
};

for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
  for (const [name, { protocol, make }] of Object.entries(SERVERS)) {
    scenario(`no request of ${name} is lost while workers are replaced (${policy})`, {
      skipBuiltin: 'it has no drain()',
      async primary(cluster) {
        cluster.schedulingPolicy = cluster[policy];
        const { workers, port } = await listening(cluster, WORKERS);
        await replace(cluster, protocol, port, workers);
      },
      worker: () => make().listen(0, '127.0.0.1'),
    });
  }

  scenario(`no request is lost if workers listen on an inherited descriptor (${policy})`, {
    skipBuiltin: 'it has no drain()',
    under: [process.execPath, path.join(__dirname, '../fixtures/with_socket.js')],
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const { workers } = await listening(cluster, WORKERS);
      await replace(cluster, http, Number(process.env.INHERITED_PORT), workers);
    },
    worker: () => http.createServer(answer).listen({ fd: 3 }),
  });
}
