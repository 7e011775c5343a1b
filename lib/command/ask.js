'use strict';

/** Asks a program that runs, by its control socket. */

const http = require('node:http');
const errors = require('../errors');

/** No program listens at this path. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/**
 * @param {string | false} socketPath
 * @param {string} method
 * @param {string} path
 * @returns {Promise<{ status: number | undefined, body: string }>} rejected with ERR_RS_CLUSTER_NOT_RUNNING, or with the
 *   system's error
 */
module.exports = function ask(socketPath, method, path) {
  if (socketPath === false) throw errors.usage('--control must say where the program listens');
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path, agent: false }, (response) => {
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
