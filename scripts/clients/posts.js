'use strict';

/**
 * A client of `scripts/clients.js`: sends POST requests over connections that are kept alive, and prints how many were
 * answered and how many failed, as JSON. Arguments: the port, the seconds, and what sends: 'agent' (`http.Agent`)
 * or 'undici'. Nothing is sent twice.
 */

const { once } = require('node:events');
const http = require('node:http');

const [port, seconds, kind] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];

const CONNECTIONS = 20;
const BODY = Buffer.alloc(10_000, 'x');

/** By kind: makes a function that sends a request. */
const KINDS = {
  agent() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const options = { port, agent, host: '127.0.0.1', method: 'POST' };
    return async () => {
      const [response] = await once(http.request(options).end(BODY), 'response');
      await once(response.resume(), 'end');
    };
  },

  undici() {
    const { Client } = require('undici');
    const client = new Client(`http://127.0.0.1:${port}`);
    return async () => {
      const { body } = await client.request({ path: '/', method: 'POST', body: BODY });
      await body.text();
    };
  },
};

async function main() {
  const end = performance.now() + seconds * 1000;
  const result = { answered: 0, failed: 0, errors: {} };
  const run = async () => {
    const send = KINDS[kind]();
    while (performance.now() < end) {
      try {
        await send();
        result.answered++;
      } catch ({ code }) {
        result.failed++;
        result.errors[code] = (result.errors[code] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  console.log(JSON.stringify(result));
  process.exit();
}

main();
