'use strict';

/** Where the control socket of a program is, so that the command that runs it and the others agree. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The name in the nearest package.json. @returns {string | undefined} */
function packageName(folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      const { name } = JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8'));
      if (typeof name === 'string' && name !== '') return name;
    } catch {
      // There is none here, or none that has a name.
    }
    if (at === path.dirname(at)) return undefined;
  }
}

/** `@scope/app` is `scope-app`. */
const plain = (name) => name.replace(/^@/, '').replace(/[^\w.-]+/g, '-');

/** The folder of this user's control sockets. */
function folder() {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = process.env;
  // systemd's may be several, of which the first is the service's own.
  if (RUNTIME_DIRECTORY) return RUNTIME_DIRECTORY.split(':')[0];
  if (XDG_RUNTIME_DIR) return path.join(XDG_RUNTIME_DIR, 'rs-cluster');
  return path.join('/tmp', `rs-cluster-${os.userInfo().uid}`);
}

/**
 * @param {{ control?: string | false, cwd?: string, name?: string }} options
 * @returns {string | false} false if there shall be none
 */
module.exports = function controlPath({ control, cwd = '.', name }) {
  if (control !== undefined) return control;
  const base = path.resolve(cwd);
  const chosen = name ?? packageName(base) ?? (path.basename(base) || 'root');
  return path.join(folder(), `${plain(chosen)}.sock`);
};
