'use strict';

// The examples of servers of all kinds.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const http2 = require('node:http2');
const https = require('node:https');
const WebSocket = require('ws');
const example = require('../fixtures/example');
const { request } = require('../fixtures/software');
const { NODE } = require('../harness');

const HELLO = /^hello from worker [12]\n$/;

example('express.js', async (started) => {
  assert.match((await request(await started.port())).text, HELLO);
});

example('fastify.js', async (started) => {
  const { hello } = JSON.parse((await request(await started.port())).text);
  assert.strictEqual(hello, 'world');
});

example('ws.js', async (started) => {
  const port = await started.port();
  const members = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${port}`));
  const hear = async () => {
    const messages = await Promise.all(members.map((member) => once(member, 'message')));
    return messages.map(([message]) => `${message}`);
  };
  for (const message of await hear()) assert.match(message, /^welcome to worker [12]$/);
  const heard = hear();
  members[0].send('a word');
  assert.deepStrictEqual(await heard, ['a word', 'a word']);
});

example('https.js', async (started) => {
  const port = await started.port();
  const [response] = await once(https.get({ port, rejectUnauthorized: false, agent: false }), 'response');
  const [text] = await once(response, 'data');
  assert.match(`${text}`, HELLO);
});

example('http2.js', async (started) => {
  const port = await started.port();
  const session = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false });
  const streams = [1, 2, 3].map(() => once(session.request(), 'data'));
  const texts = (await Promise.all(streams)).map(([text]) => `${text}`);
  assert.match(texts[0], HELLO);
  assert.deepStrictEqual(texts, Array(3).fill(texts[0]), 'a connection is one worker’s');
  session.close();
  // Its socket would still be open when the server is killed.
  await once(session, 'close');
});

example('udp.js', async (started) => {
  const port = await started.port();
  const client = dgram.createSocket('udp4');
  client.send('hello', port, '127.0.0.1');
  const [text] = await once(client, 'message');
  assert.match(`${text}`, /^worker [12] got hello$/);
  client.close();
});

const strips = Boolean(process.features.typescript);

example(
  'typescript.mts',
  async (started) => {
    assert.match((await request(await started.port())).text, HELLO);
    for (const id of [1, 2]) await started.says(new RegExp(`^worker ${id} says hello$`, 'm'));
  },
  { skip: !strips && `Node ${NODE} runs no TypeScript` },
);
