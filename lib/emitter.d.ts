import { EventEmitter } from 'node:events';

/** An EventEmitter whose own events have typed arguments. Other events may have any arguments. */
export interface Emitter<Events extends Record<keyof Events, unknown[]>> extends EventEmitter {
  addListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  prependListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  prependOnceListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  removeListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
}
