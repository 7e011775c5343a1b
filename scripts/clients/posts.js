'use strict';

/**
 * A client of `scripts/clients.js`: sends POST requests over connections that are kept alive, until SIGINT. Then it
 * prints how many were answered and how many failed, as JSON. Arguments: the URL, and what sends: 'agent' (`http.Agent`)
 * or 'undici'. Nothing is sent twice.
 */

const { once } = require('node:events');
const http = require('node:http');

const [url, kind] = process.argv.slice(2);

const CONNECTIONS = 20;
const BODY = Buffer.alloc(10_000, 'x');

/** By kind: makes a function that sends a request, and returns the status. */
const KINDS = {
  agent() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    return async () => {
      const [response] = await once(http.request(url, { agent, method: 'POST' }).end(BODY), 'response');
      await once(response.resume(), 'end');
      return response.statusCode;
    };
  },

  undici() {
    const { Client } = require('undici');
    const client = new Client(new URL(url).origin);
    return async () => {
      const { body, statusCode } = await client.request({ path: '/', method: 'POST', body: BODY });
      await body.text();
      return statusCode;
    };
  },
};

async function main() {
  const errors = {};
  let answered = 0;
  let failed = 0;
  let isOver = false;
  process.on('SIGINT', () => (isOver = true));
  const run = async () => {
    const send = KINDS[kind]();
    while (!isOver) {
      const result = await send().catch(({ code, message }) => code ?? message);
      if (result === 200) answered++;
      else {
        failed++;
        errors[result] = (errors[result] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  console.log(JSON.stringify({ answered, failed, note: failed > 0 ? JSON.stringify(errors) : undefined }));
  process.exit();
}

main();
