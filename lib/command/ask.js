'use strict';

/** Asks a program that runs, by its control socket. */

const http = require('node:http');
const errors = require('../errors');
const checked = require('../operate/socket_path');

/** No program listens at this path. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/**
 * @param {string | false} control
 * @param {string} method
 * @param {string} path
 * @param {AbortSignal} [signal] ends the wait for the answer
 * @returns {Promise<{ status: number | undefined, body: string }>} rejected with ERR_RS_CLUSTER_NOT_RUNNING, or with the
 *   system's error
 * @throws ERR_PARSE_ARGS_USAGE, ENAMETOOLONG
 */
module.exports = function ask(control, method, path, signal) {
  if (control === false) throw errors.usage('--control must say where the program listens');
  const socketPath = checked(control);
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path, signal, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode, body }));
      response.on('error', reject);
    });
    request.on('error', (error) => {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      reject(NOBODY.has(code ?? '') ? errors.notRunning(socketPath) : error);
    });
    request.end();
  });
};
