'use strict';

/**
 * Throws if a bundler has put this file into a bundle. A worker's preload and the addon must be files, and would
 * not be found. Each entry of the package requires this file first. This file requires nothing, because `require`
 * does not work in some bundles (docs/bundlers.md).
 */

/** In a bundle, `__filename` is the path of the bundle, or an invented path, or does not exist. */
const OWN = /^(?:\/|[a-z]:).*[\\/]lib[\\/]unbundled\.js$/is;

/** Some bundlers keep the real path (Bun, Parcel, browserify). But only Node's loader sets `module.filename`. */
function isLoaded() {
  if (typeof __filename !== 'string' || typeof module !== 'object') return false;
  return OWN.test(__filename) && module.filename === __filename;
}

if (!isLoaded()) {
  const message = 'rs-cluster cannot be part of a bundle: mark rs-cluster as external (docs/bundlers.md)';
  throw Object.assign(new Error(message), { code: 'ERR_RS_CLUSTER_UNSUPPORTED' });
}
