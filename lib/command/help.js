'use strict';

/** What `rs-cluster --help` prints. */

const { OPTIONS, SHORT, SWITCHES, flagOf, variablesOf } = require('./options');

const USAGE = `rs-cluster [options] app.js [args…]

Runs a program on all cores, and keeps it running.

To a program that runs:
  rs-cluster status [--json]     what its workers do
  rs-cluster top                 the same, live
  rs-cluster reload              replaces all workers, without losing a request
  rs-cluster scale N|auto        changes the number of workers
  rs-cluster drain               /readyz says 503, so that a balancer chooses another host
  rs-cluster undrain             takes that back
  rs-cluster stop [--now]        lets the workers finish, then ends
  rs-cluster metrics             prints what Prometheus would read

Signals: TERM and INT stop, and a second one stops at once. HUP reloads. TTIN and TTOU change the number of
workers by one. Exit codes: 0 stopped, 1 failed, 2 wrong use, 3 no worker ever became ready,
128+n after a second signal n.

Each option is an environment variable, too. TIME: 500ms, 30s, 5m, 12h. SIZE: 512K, 512M, 2G.
A maximum of 0 means that there is no limit.

Options:
`;

/** @type {[string, number][]} */
const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** 60000 ms are `1m`. */
function inUnits(ms) {
  const [unit, size] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** A default as one would write it, or '' if there is none to be told. */
function defaultOf({ kind, byDefault }) {
  if (byDefault === undefined) return '';
  if (typeof byDefault === 'boolean') return byDefault ? 'on' : 'off';
  return kind.sign === 'TIME' && byDefault > 0 ? inUnits(byDefault) : `${byDefault}`;
}

/**
 * What is to be said of each option.
 *
 * @returns {{ flag: string, sign: string, variables: string[], says: string, byDefault: string }[]}
 */
function rows() {
  return Object.entries(OPTIONS).map(([name, row]) => ({
    flag: SHORT[name] ? `-${SHORT[name]}, ${flagOf(name)}` : flagOf(name),
    sign: row.kind.sign,
    variables: variablesOf(name),
    says: row.says,
    byDefault: defaultOf(row),
  }));
}

/** @returns {string} */
function help() {
  const lines = rows().map(({ flag, sign, variables, says, byDefault }) => {
    const after = byDefault === '' ? '' : `. Default: ${byDefault}`;
    return `  ${flag} ${sign}\n      ${says}${after}\n      ${variables.join(', ')}\n`;
  });
  const switches = Object.entries(SWITCHES).map(([name, { says }]) => `  ${flagOf(name)}\n      ${says}\n`);
  return [USAGE, ...lines, ...switches, '  -h, --help\n  -v, --version\n'].join('');
}

module.exports = Object.assign(help, { rows });
