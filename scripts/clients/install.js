'use strict';

/** Installs the Debian packages of programs that are missing. */

const { spawnSync } = require('node:child_process');

const isMissing = ([command]) => spawnSync('which', [command]).status !== 0;

/**
 * @param {Record<string, string>} packages by command
 * @throws if a command is missing then
 */
module.exports = function install(packages) {
  const missing = Object.entries(packages).filter(isMissing);
  if (missing.length === 0) return;
  const apt = (...args) => {
    const command = process.getuid() === 0 ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args];
    return spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
  };
  apt('update');
  const names = missing.map(([, name]) => name);
  const { stderr, error } = apt('install', '-y', '--no-install-recommends', ...names);
  const remaining = missing.filter(isMissing);
  if (remaining.length === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  throw new Error(
    `${remaining.map(([command]) => command).join(', ')} missing, and apt-get could not install it (${reason}). ` +
      `Install these Debian packages first: ${remaining.map(([, name]) => name).join(' ')}`,
  );
};
