import { join } from 'node:path';

// Next refuses to guess a root if there is more than one lock file above a program.
const root = join(import.meta.dirname, '..');

export default { outputFileTracingRoot: root, turbopack: { root } };
