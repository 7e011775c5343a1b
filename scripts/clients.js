'use strict';

/**
 * Reloads all workers by `supervisor.reload()`, again and again, under real clients. No request may fail, and no worker
 * may need a signal:
 *
 *   node scripts/clients.js [--reloads 20] [--lines 20,24,26] [client ...]
 *   node scripts/clients.js --short          one reload for each client, on the newest Node line
 *   node scripts/clients.js --builtin        the same with Node's own cluster and `disconnect()`; nothing is asserted
 *   node scripts/clients.js --pm2            the same with `pm2 reload`; nothing is asserted
 *
 * A client runs until its reloads are done. With `idleGrace: 500` these are quick; one last row has the default. The
 * clients hey, wrk, ab and h2load come from Debian's packages. If they are missing, and this user may, they are installed.
 * If that fails, the short form goes on without them, and says so; the full form ends. The short form has no HTTP/2, because
 * of a known fault (`docs/proofs.md`).
 */

const { parseArgs } = require('node:util');
const Client = require('./clients/client');
const { Contender, installPm2 } = require('./clients/contender');
const install = require('./clients/install');
const programs = require('./clients/programs');
const reloadsUnder = require('./clients/reloads');
const row = require('./clients/row');

/** The client of the row with the default `idleGrace`. */
const WITH_DEFAULT = 'undici';

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reloads: { type: 'string' },
      lines: { type: 'string' },
      short: { type: 'boolean', default: false },
      default: { type: 'boolean', default: false },
      builtin: { type: 'boolean', default: false },
      pm2: { type: 'boolean', default: false },
    },
  });
  const { short, builtin, pm2 } = values;
  const all = Object.keys(programs).filter((name) => !short || programs[name].protocol !== 'h2');
  const names = positionals.length > 0 ? positionals : all;
  for (const name of names) if (!(name in programs)) throw new Error(`there is no client ${name}`);
  const lines = (values.lines ?? (short ? '26' : '20,24,26')).split(',');
  return {
    names,
    lines,
    reloads: Number(values.reloads ?? (short ? 1 : 20)),
    contender: builtin ? 'builtin' : pm2 ? 'pm2' : 'ours',
    isShort: short,
    isDefault: values.default,
    hasDefault: !short && !builtin && !pm2 && positionals.length === 0,
  };
}

/** Whether this client is here, or could be installed. @throws unless that may be */
function isHere(name, mayBeMissing) {
  const { package: debian, command } = programs[name];
  if (debian === undefined) return true;
  try {
    install({ [command('')[0]]: debian });
    return true;
  } catch (error) {
    if (!mayBeMissing) throw error;
    console.log(`left out: ${name}, because ${error.message}`);
    return false;
  }
}

async function main() {
  const { names, lines, reloads, contender, isShort, isDefault, hasDefault } = options();
  const found = names.filter((name) => isHere(name, isShort));
  const pm2 = contender === 'pm2' ? installPm2() : undefined;

  let passed = 0;
  let failedRows = 0;
  const run = async (line, name, idle) => {
    const { protocol } = programs[name];
    const workers = await Contender.start(contender, { line, protocol, isDefault: idle, pm2 });
    const client = new Client(name, workers.port);
    const done = await reloadsUnder(workers, reloads);
    const result = { ...done, ...(await client.end()) };
    await workers.stop();
    const { answered, failed, killed } = result;
    const isGood = failed === 0 && killed === 0 && answered > 0;
    if (isGood) passed++;
    else failedRows++;
    if (!isGood && contender === 'ours') process.exitCode = 1;
    const title = `node ${line}, ${name}${idle ? ', default' : ''}`;
    console.log(`${isGood ? 'ok    ' : 'FAILED'} ${row(title, result)}`);
  };

  for (const line of lines) for (const name of found) await run(line, name, isDefault);
  if (hasDefault) await run(lines.at(-1), WITH_DEFAULT, true);
  if (contender === 'ours') console.log(`${passed} passed, ${failedRows} failed`);
}

main();
