// What `dist/binding.d.ts` does not say. The build generates that file, and it does not declare `Emit`.

import type { EventEmitter } from 'node:events';

declare global {
  /** The `emit` of an object, bound to it. */
  type Emit = EventEmitter['emit'];
}

// `lib/binding.js` makes these classes EventEmitters.
declare module '../../../dist/binding' {
  interface Worker extends EventEmitter {}
  interface LaneEnd extends EventEmitter {}
}
