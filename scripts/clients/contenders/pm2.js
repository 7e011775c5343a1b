'use strict';

/**
 * A contender of `scripts/clients.js`: `pm2 reload` of an app in pm2's cluster mode. PM2 is the folder that pm2 is
 * installed in. All that pm2 writes goes to a temporary folder.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const serve = require('./serve');

const { PM2, WORKERS } = process.env;
const BINARY = path.join(PM2, 'node_modules/pm2/bin/pm2');
const HOME = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-pm2-'));

const pm2 = (...args) =>
  promisify(execFile)(process.execPath, [BINARY, ...args], { env: { ...process.env, PM2_HOME: HOME } });

/** How many processes pm2 has ended by SIGKILL so far. */
function countKilled() {
  const log = fs.readFileSync(path.join(HOME, 'pm2.log'), 'utf8');
  return log.match(/via signal \[SIGKILL\]/g)?.length ?? 0;
}

serve({
  async start() {
    await pm2('start', path.join(__dirname, '../worker.js'), '--name', 'worker', '-i', WORKERS);
  },

  async reload() {
    const before = countKilled();
    await pm2('reload', 'worker');
    return { replaced: Number(WORKERS), killed: countKilled() - before };
  },

  async stop() {
    await pm2('kill');
    fs.rmSync(HOME, { recursive: true, force: true });
  },
});
