'use strict';

/** Where the control socket of a program is, so that the command that runs it and the others agree. */

const fs = require('node:fs');
const path = require('node:path');
const errors = require('../errors');

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

/**
 * In a folder that everybody may write, another user may have been first. Who gives an order there would give it to them.
 * @throws ERR_RS_CLUSTER_CONTROL
 */
function checked(file, uid) {
  const found = fs.lstatSync(file, { throwIfNoEntry: false });
  const isOurs =
    found === undefined || (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0);
  if (!isOurs) throw errors.notPrivate(file);
  return file;
}

/** The folder of this user's control sockets. The user may have no name, as in many containers. */
function folder() {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = process.env;
  // systemd's may be several, of which the first is the service's own.
  if (RUNTIME_DIRECTORY) return RUNTIME_DIRECTORY.split(':')[0];
  if (XDG_RUNTIME_DIR) return path.join(XDG_RUNTIME_DIR, 'rs-cluster');
  const uid = /** @type {NonNullable<typeof process.getuid>} */ (process.getuid)();
  return checked(path.join('/tmp', `rs-cluster-${uid}`), uid);
}

/**
 * @param {{ control?: string | false, cwd?: string, name?: string }} options
 * @returns {string | false} false if there shall be none
 * @throws ERR_RS_CLUSTER_CONTROL if another user could be there
 */
module.exports = function controlPath({ control, cwd = '.', name }) {
  if (control !== undefined) return control;
  const base = path.resolve(cwd);
  const chosen = name ?? packageName(base) ?? (path.basename(base) || 'root');
  return path.join(folder(), `${plain(chosen)}.sock`);
};
