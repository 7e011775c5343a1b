'use strict';

/**
 * The programs that send requests: their commands, and what their output says. All but h2load run until SIGINT, and print
 * their report then.
 *
 * h2load cannot be told to end, so its runs follow one another. In HTTP/2 it also opens no second connection if one ends
 * by GOAWAY; it goes on waiting. So these runs are short.
 */

const path = require('node:path');

const POSTS = path.join(__dirname, 'posts.js');

const CONNECTIONS = '20';

/** Longer than any run, in seconds. */
const LONG = '3600';

/** The number in the first group, or 0 if there is no such line. */
const number = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0);
const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

const h2load = (seconds, ...args) => ({
  package: 'nghttp2-client',
  endsByItself: true,
  command: (url) => ['h2load', ...args, '-D', seconds, '-c', CONNECTIONS, url],
  read: (text) => ({
    answered: number(text, /(\d+) 2xx/),
    failed: number(text, /(\d+) failed/) + number(text, /(\d+) timeout/),
  }),
});

/** A client of ours prints its result as JSON. */
const posts = (kind) => ({
  command: (url) => [process.execPath, POSTS, url, kind],
  read: (text) => (text === '' ? { answered: 0, failed: 1 } : JSON.parse(text)),
});

/**
 * @typedef {object} Program
 * @property {string} [package] of Debian that has it
 * @property {'h2'} [protocol]
 * @property {boolean} [endsByItself]
 * @property {(url: string) => string[]} command
 * @property {(text: string) => { answered: number, failed: number, note?: string }} read
 */

/** @type {Record<string, Program>} */
module.exports = {
  hey: {
    package: 'hey',
    command: (url) => ['hey', '-z', `${LONG}s`, '-c', CONNECTIONS, url],
    read: (text) => ({
      answered: sum(text, /^ +\[200\]\t(\d+) responses/gm),
      failed: sum(text, /^ +\[(?!200)\d+\]\t(\d+) responses/gm) + sum(text, /^ +\[(\d+)\]\t[A-Z]/gm),
      note: [...text.matchAll(/^ +(\[\d+\]\t[A-Z].*)/gm)].map(([, line]) => line).join('; '),
    }),
  },
  wrk: {
    package: 'wrk',
    command: (url) => ['wrk', '-d', LONG, '-t', '1', '-c', CONNECTIONS, url],
    read(text) {
      const errors = /Socket errors: .*/.exec(text)?.[0] ?? '';
      return {
        answered: number(text, /(\d+) requests in/),
        failed: number(text, /Non-2xx or 3xx responses: (\d+)/) + sum(errors, /\w+ (\d+)/g),
        note: errors,
      };
    },
  },
  ab: {
    package: 'apache2-utils',
    // Without -r it ends at the first error, and prints no report.
    command: (url) => ['ab', '-r', '-k', '-t', LONG, '-n', '10000000', '-c', CONNECTIONS, url],
    read: (text) => ({
      answered: number(text, /^Complete requests: +(\d+)/m) - number(text, /^Failed requests: +(\d+)/m),
      failed: number(text, /^Failed requests: +(\d+)/m) + number(text, /^Non-2xx responses: +(\d+)/m),
      note: /\(Connect: .*\)/.exec(text)?.[0],
    }),
  },
  'h2load-h1': h2load('5', '--h1'),
  'h2load-h2': { ...h2load('1', '-m', '10'), protocol: 'h2' },
  agent: posts('agent'),
  undici: posts('undici'),
};
