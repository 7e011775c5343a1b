'use strict';

/**
 * Runs programs that know nothing of rs-cluster by `rs-cluster --workers 2 app.js`: Express, Nest, Next, Socket.IO, and so
 * on. Each must be answered by all its workers, lose no request while all workers are replaced again and again, and stop
 * with exit code 0. They are installed with npm into a temporary folder, with the versions in `programs/packages.js`.
 *
 *   node scripts/programs.js [--reloads 5] [--lines 20,24,26] [program ...]
 *   node scripts/programs.js --short         one reload of those that are installed quickly, on the newest Node line
 *
 * A program that a Node line cannot run is left out there, and named.
 */

const { parseArgs } = require('node:util');
const row = require('./clients/row');
const reloadsUnder = require('./clients/reloads');
const { node } = require('./nodes');
const Command = require('./programs/command');
const HttpClients = require('./programs/http_clients');
const Installation = require('./programs/installation');
const list = require('./programs/list');
const SocketIoClients = require('./programs/socket_io_clients');

const WORKERS = 2;

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reloads: { type: 'string' },
      lines: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  });
  const { short } = values;
  const all = Object.keys(list).filter((name) => !short || list[name].isShort);
  const names = positionals.length > 0 ? positionals : all;
  for (const name of names) if (!(name in list)) throw new Error(`there is no program ${name}`);
  return {
    names,
    lines: (values.lines ?? (short ? '26' : '20,24,26')).split(','),
    reloads: Number(values.reloads ?? (short ? 1 : 5)),
  };
}

/** Starts it, reloads it under clients, and stops it. @returns {Promise<object>} a row. It is rejected if something failed */
async function prove(program, { line, reloads, installation }) {
  const { file, folder, env, options = [], clients } = program;
  const command = new Command({ node: node(line), cwd: installation.folder(folder), env });
  await command.start(['--workers', `${WORKERS}`, ...options, file]);
  const load =
    clients === 'socket.io'
      ? new SocketIoClients(command.port, installation.require('socket.io-client'))
      : new HttpClients(command.port);
  await load.answeredByAll(command);
  const done = await reloadsUnder(command, reloads);
  await load.answeredByAll(command);
  const result = { ...done, ...(await load.end()) };
  await command.stop();
  return result;
}

/** Connections that a reload ended: clients that never had to connect again would prove nothing. */
const ended = ({ broken }) =>
  broken === undefined ? '' : `, ${broken} connections ended, and were made again`;

async function main() {
  const { names, lines, reloads } = options();
  const installation = new Installation(names.map((name) => list[name]));
  let passed = 0;
  let failed = 0;
  for (const line of lines) {
    for (const name of names) {
      const { since = 0 } = list[name];
      const title = `node ${line}, ${name}`;
      if (Number(line) < since) {
        console.log(`left out: ${title}, because it needs Node ${since}`);
        continue;
      }
      try {
        const result = await prove(list[name], { line, reloads, installation });
        const isGood =
          result.failed === 0 &&
          result.killed === 0 &&
          result.answered > 0 &&
          result.replaced === reloads * WORKERS &&
          result.broken !== 0;
        if (isGood) passed++;
        else failed++;
        console.log(`${isGood ? 'ok    ' : 'FAILED'} ${row(title, result)}${ended(result)}`);
      } catch (error) {
        failed++;
        console.log(`FAILED ${title}: ${error.stack}`);
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

main();
