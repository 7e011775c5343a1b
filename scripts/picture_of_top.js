'use strict';

/**
 * Makes `docs/top.svg`: what `rs-cluster top` shows of a program under load, while one of its workers is blocked. It is a
 * real run in a terminal of tmux; only the drawing is ours.
 *
 *   node scripts/picture_of_top.js
 */

const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { freePort } = require('./clients/contender');
const draw = require('./terminal/drawing');
const Tmux = require('./terminal/tmux');

const PICTURE = path.join(__dirname, '../docs/top.svg');

const COLUMNS = 92;
const ROWS = 12;

/** Any request may block its worker, as a slow regular expression would. */
const PROGRAM = `
const http = require('node:http');

http.createServer((request, response) => {
  if (request.url === '/block') for (const start = Date.now(); Date.now() - start < 20_000; );
  response.end('hello');
}).listen(process.env.PORT);
`;

/** So many looks make a line of bars that is worth looking at. */
const BARS = 45;

/** The worker is blocked for this time when the picture is taken, in ms. */
const BLOCKED = 4000;

const CLIENTS = 6;

/** The longest and the shortest pause of a client between two connections, in ms: load comes and goes. */
const PAUSES = { longest: 60, shortest: 6, period: 20_000 };

function pause(now) {
  const { longest, shortest, period } = PAUSES;
  return (
    shortest + (longest - shortest) * (0.5 + 0.5 * Math.cos((2 * Math.PI * now) / period)) * Math.random()
  );
}

/** Each request has a connection of its own. */
async function ask(port, url = '/') {
  const [response] = await once(http.get({ host: '127.0.0.1', port, path: url, agent: false }), 'response');
  await once(response.resume(), 'end');
}

async function main() {
  const tmux = new Tmux();
  const port = await freePort();
  fs.writeFileSync(path.join(tmux.folder, 'app.js'), PROGRAM);
  const runs = await tmux.open('runs', COLUMNS, ROWS);
  runs.type(`PORT=${port} rs-cluster --workers 4 app.js`);
  await runs.see((lines) => lines.join('\n').includes('all workers are ready'));

  let isOver = false;
  const client = async () => {
    while (!isOver) {
      await ask(port).catch(() => {});
      await sleep(pause(Date.now()));
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);

  const looks = await tmux.open('looks', COLUMNS, ROWS);
  looks.type('rs-cluster top');
  const bars = (lines) => /[▁▂▃▄▅▆▇█]+/.exec(lines.join('\n'))?.[0].length ?? 0;
  await looks.see((lines) => bars(lines) >= BARS);
  ask(port, '/block').catch(() => {});
  const blocked = (lines) => Number(/ (\d+) ms /.exec(lines.join('\n'))?.[1] ?? 0);
  const lines = await looks.see((lines) => blocked(lines) >= BLOCKED);
  if (blocked(lines) < BLOCKED) throw new Error(`no worker was blocked:\n${lines.join('\n')}`);
  fs.writeFileSync(PICTURE, draw('rs-cluster top', lines));
  console.log(lines.join('\n'));

  isOver = true;
  await Promise.all(clients);
  looks.press('q');
  await looks.prompt();
  looks.type('rs-cluster stop --now');
  await runs.see((lines) => lines.join('\n').includes('has stopped'));
  process.exit();
}

main();
