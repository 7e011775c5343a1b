'use strict';

/**
 * Throws if a bundler has put this file into another: a worker's preload and the addon are files, and
 * would not be found. The first thing that each entry requires, and it requires nothing itself, because in
 * some bundles `require` does not work either (docs/bundlers.md).
 */

/** In a bundle `__filename` is the bundle's, or a path that was made up, or is not there at all. */
const OWN = /^(?:\/|[a-z]:).*[\\/]lib[\\/]unbundled\.js$/is;

/** Some bundlers keep the real path (Bun, Parcel, browserify), but only a loader tells `module` of it. */
function isLoaded() {
  if (typeof __filename !== 'string' || typeof module !== 'object') return false;
  return OWN.test(__filename) && module.filename === __filename;
}

if (!isLoaded()) {
  const message = 'rs-cluster cannot be part of a bundle: mark rs-cluster as external (docs/bundlers.md)';
  throw Object.assign(new Error(message), { code: 'ERR_RS_CLUSTER_UNSUPPORTED' });
}
