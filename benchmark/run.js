'use strict';

/**
 * Compares rs-cluster with the builtin and others, with the same workloads.
 *
 *   npm run bench -- [--quick] [--rounds 7] [--node PATH] [--json FILE] [--save] [--list] [name ...]
 *
 * A name is a row, or the beginning of several rows. `--list` shows the rows. `--quick` is less exact, and ends
 * within two minutes. `--save` writes `results/`: every round as JSON, the table, and the picture.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const draw = require('./picture');
const { lines, markdown, table } = require('./result');
const { compare } = require('./rounds');

const ROWS = [
  require('./connections'),
  require('./messages'),
  require('./start'),
  require('./datagrams'),
].flatMap(({ rows }) => rows);

const RESULTS = path.join(__dirname, 'results');

const ROUNDS = 7;
/** At most this many rounds, within this time. */
const QUICK = { rounds: 3, seconds: 110 };

function choose(names) {
  for (const name of names) {
    if (!ROWS.some((row) => row.name.startsWith(name))) {
      throw new Error(`there is no row ${name}: --list shows all rows`);
    }
  }
  return ROWS.filter((row) => names.length === 0 || names.some((name) => row.name.startsWith(name)));
}

/** `reusePort` exists since Node 23.1 and 22.12. */
function hasReusePort(version) {
  const [major, minor] = version.slice(1).split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

/** A row without the contenders that this Node version does not support. */
function possible(row, version) {
  const contenders = Object.entries(row.contenders).filter(
    ([, { cluster }]) => cluster !== 'reuseport' || hasReusePort(version),
  );
  return { ...row, contenders: Object.fromEntries(contenders) };
}

/** The date and the machine of a result. */
function about(node) {
  const version = execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim();
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: version,
    'rs-cluster': require('../package.json').version,
    system: `${os.type()} ${os.release().split('.', 2).join('.')} ${os.arch()}`,
    cpus: cpus.length,
    cpu: cpus[0].model,
    load: os.loadavg().map((value) => Number(value.toFixed(2))),
  };
}

/** The same in one line. */
function caption({ date, node, system, cpus, cpu, load, rounds }) {
  const count = rounds === 1 ? 'one round' : `medians of ${rounds} rounds`;
  return `${date}, Node ${node}, ${system}, ${cpus} × ${cpu}, load before ${load.join(' ')}, ${count}`;
}

function save(result, cells) {
  fs.mkdirSync(RESULTS, { recursive: true });
  const write = (name, text) => fs.writeFileSync(path.join(RESULTS, name), `${text}\n`);
  write('results.json', JSON.stringify(result));
  write('results.md', `${caption(result)}\n\n${markdown(cells)}`);
  write('results.svg', draw(result, caption(result)));
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', default: process.execPath },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      save: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const chosen = choose(positionals);
  if (values.list) {
    for (const { name, title } of chosen) console.log(`${name.padEnd(20)}${title}`);
    return;
  }
  const { node, quick } = values;
  const limits = quick ? QUICK : { rounds: ROUNDS };
  const rounds = Number(values.rounds ?? limits.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds must be an integer from 1');

  const place = about(node);
  const rows = chosen.map((row) => possible(row, place.node));
  const log = (text) => process.stderr.write(`${text}\n`);
  const compared = await compare(rows, { ...limits, rounds, node, quick, log });
  const failures = [...compared.failures].map(([row, { message }]) => ({ row, message }));
  const { measured } = compared;
  const result = { ...place, quick, rounds: compared.rounds, rows, measured, failures };
  const cells = lines(rows, compared);
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify(result)}\n`);
  if (values.save) save(result, cells);
  console.log(`${caption(result)}\n\n${table(cells)}`);
  if (failures.length > 0) process.exitCode = 1;
}

main();
