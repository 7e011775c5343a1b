'use strict';

/**
 * A person at a terminal: starts a program by `rs-cluster`, looks at it by `rs-cluster top`, presses its keys, makes the
 * terminal smaller and larger, and stops it. Each screen is compared with what it should be.
 *
 *   node scripts/terminal.js
 *
 * The terminals are tmux's. If tmux is missing, and this user may, it is installed; else this fails.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const plain = require('./terminal/plain');
const Tmux = require('./terminal/tmux');

const PROGRAM = `
const http = require('node:http');
http.createServer((request, response) => response.end('hello')).listen(process.env.PORT);
`;

const KEYS = 'r reload   + one worker more   - one less   q quit';

/** What `top` shows of so many workers. */
function top({ workers, generation = 1, restarts = [], message = '' }) {
  return [
    `primary PID, ready, ${workers} of ${workers} workers ready, generation ${generation}, 0 connections accepted`,
    '0 connections/s ▁',
    '',
    'SLOT|PID|STATE|GEN|OPEN|CONN/S|LOOP|BLOCKED|MEMORY|RESTARTS|UPTIME',
    ...Array.from(
      { length: workers },
      (_, slot) => `${slot}|PID|ready|${generation}|0|0|N%||NM|${restarts[slot] ?? 0}|TIME`,
    ),
    '',
    message,
    KEYS,
  ].join('\n');
}

const JOURNAL = `
$ rs-cluster --workers 2 app.js
rs-cluster PID: all workers are ready
rs-cluster PID: worker 0 (PID) is ready after N ms
rs-cluster PID: worker 0 (PID) starts (start)
rs-cluster PID: worker 1 (PID) is ready after N ms
rs-cluster PID: worker 1 (PID) starts (start)`.trim();

/** Workers are ready in any order. */
const sorted = (text) => text.split('\n').sort().join('\n');

/** Fails with the difference, if the deadline has passed. */
async function shows(terminal, expected, read = plain) {
  const lines = await terminal.see((lines) => read(lines) === expected);
  assert.strictEqual(read(lines), expected);
  return lines;
}

/** How the terminal is set, without its size: that changes a moment after the terminal's own. */
const setting = (name) =>
  fs.readFileSync(path.join(tmux.folder, name), 'utf8').replace(/rows \d+; columns \d+/, '');

async function shellIsBack(terminal) {
  await terminal.prompt();
  assert.deepStrictEqual(terminal.state, { hasCursor: true, isOther: false });
  terminal.type('stty -a > after; echo done');
  await terminal.prompt((lines) => lines.includes('done'));
  assert.match(setting('before'), / icanon .* echo /);
  assert.strictEqual(setting('after'), setting('before'));
  terminal.type('clear');
  await terminal.prompt((lines) => !lines.includes('done'));
}

let tmux;

/** One after the other: each begins where the one before has ended. */
const STEPS = {
  async 'rs-cluster app.js tells when its workers are ready'({ runs }) {
    runs.type('rs-cluster --workers 2 app.js');
    await shows(runs, JOURNAL, (lines) => sorted(plain(lines)));
  },

  async 'rs-cluster top shows them, on another screen and without a cursor'({ looks }) {
    looks.type('stty -a > before; clear; rs-cluster top');
    await shows(looks, top({ workers: 2 }));
    assert.deepStrictEqual(looks.state, { hasCursor: false, isOther: true });
  },

  async 'r reloads'({ looks }) {
    looks.press('r');
    await shows(looks, top({ workers: 2, generation: 2, restarts: [1, 1], message: 'reload: done' }));
  },

  async '+ starts one more, which the program shows, too'({ looks, runs }) {
    looks.press('+');
    await shows(looks, top({ workers: 3, generation: 2, restarts: [1, 1], message: 'scale to 3: done' }));
    await runs.see((lines) => /worker 2 \(\d+\) is ready/.test(lines.join('\n')));
    assert.match(runs.lines().join('\n'), /worker 2 \(\d+\) starts \(scale\)/);
  },

  async '- ends one'({ looks }) {
    looks.press('-');
    await shows(looks, top({ workers: 2, generation: 2, restarts: [1, 1], message: 'scale to 2: done' }));
  },

  async 'a key that means nothing does nothing'({ looks }) {
    looks.press('x');
    looks.press('Up');
    await shows(looks, top({ workers: 2, generation: 2, restarts: [1, 1], message: 'scale to 2: done' }));
  },

  async 'a small terminal shows what fits: nothing is wrapped'({ looks }) {
    // The second key comes before the picture shows what the first one did.
    looks.press('+');
    looks.press('+');
    await shows(looks, top({ workers: 4, generation: 2, restarts: [1, 1], message: 'scale to 4: done' }));
    looks.resize(40, 10);
    const lines = await looks.see((lines) => lines.length === 10 && lines[9].startsWith('r reload'));
    const [first, second, ...rest] = lines;
    assert.match(first, /^primary \d+, ready, 4 of 4 workers rea?/);
    assert.strictEqual(first.length, 40);
    assert.match(second, /^0 connections\/s ▁+$/);
    assert.deepStrictEqual(
      rest.map((line) => line.slice(0, 4)),
      ['', 'SLOT', '   0', '   1', '… 2 ', '', 'scal', 'r re'],
    );
    assert.strictEqual(lines[9], KEYS.slice(0, 40));
  },

  async 'a large terminal shows all again'({ looks }) {
    looks.resize(200, 50);
    const lines = await shows(
      looks,
      top({ workers: 4, generation: 2, restarts: [1, 1], message: 'scale to 4: done' }),
    );
    assert.strictEqual(lines.length, 50);
  },

  async 'q gives the terminal back as it was'({ looks }) {
    looks.press('q');
    looks.resize(100, 24);
    await shellIsBack(looks);
  },

  async 'so does Ctrl-C'({ looks }) {
    looks.type('rs-cluster top');
    await looks.see((lines) => lines.includes(KEYS));
    looks.press('C-c');
    await shellIsBack(looks);
  },

  async 'so does a signal'({ looks }) {
    looks.type("sh -c 'echo $$ > pid; exec rs-cluster top'");
    await looks.see((lines) => lines.includes(KEYS));
    process.kill(Number(fs.readFileSync(path.join(tmux.folder, 'pid'), 'utf8')), 'SIGTERM');
    await shellIsBack(looks);
  },

  async 'rs-cluster scale waits, and says how many there are'({ looks }) {
    looks.type('rs-cluster scale 2; echo code $?');
    await shows(looks, '$ rs-cluster scale 2; echo code $?\n2 workers\ncode 0\n$');
  },

  async 'top in a pipe writes lines without an escape sequence, and ends with who reads them'({ looks }) {
    looks.type('clear; rs-cluster top | head -n 1 > line; echo end');
    await shows(looks, 'end\n$');
    const line = fs.readFileSync(path.join(tmux.folder, 'line'), 'utf8');
    assert.match(line, /^\S+Z {2}ready {2}2 ready {2}0 connections\/s {2}0 open {2}loop \d+% {2}\d+M\n$/);
  },

  async 'rs-cluster stop ends all, and top says so'({ looks, runs }) {
    const other = await tmux.open('other', 100, 24);
    other.type('rs-cluster top');
    await other.see((lines) => lines.includes(KEYS));
    looks.type('clear; rs-cluster stop; echo code $?');
    await shows(looks, 'stopped\ncode 0\n$');
    await shows(other, '$ rs-cluster top\nThe program has stopped\n$');
    await runs.prompt();
    runs.type('echo code $?');
    const lines = await runs.prompt((lines) => lines.join('\n').includes('\ncode '));
    const last = lines.filter((line) => line !== '').slice(-4);
    assert.strictEqual(plain(last), 'rs-cluster PID: has stopped\n$ echo code $?\ncode 0\n$');
  },
};

async function main() {
  tmux = new Tmux();
  fs.writeFileSync(path.join(tmux.folder, 'app.js'), PROGRAM);
  const terminals = { runs: await tmux.open('runs', 100, 40), looks: await tmux.open('looks', 100, 24) };
  let passed = 0;
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      await step(terminals);
    } catch (error) {
      console.log(`FAILED ${name}\n${error.stack}`);
      break;
    }
    passed++;
    console.log(`ok     ${name}`);
  }
  const failed = Object.keys(STEPS).length - passed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

main();
