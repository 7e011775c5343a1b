// What Node has and `@types/node` does not declare, as far as lib/ uses it.

import 'node:child_process';
import 'node:cluster';
import 'node:dgram';
import 'node:http';
import 'node:net';
import 'node:v8';

declare global {
  namespace NodeJS {
    interface Process {
      reallyExit(code?: number): any;
      binding(name: string): any;
      _exiting?: boolean;
      _getActiveHandles(): any[];
      _preload_modules: string[];
      _debugProcess(pid: number): void;
    }
  }
  interface Object {
    __lookupGetter__(name: PropertyKey): (() => unknown) | undefined;
    toJSON?: unknown;
  }
}

declare module 'node:child_process' {
  interface ChildProcess {
    _handle: any;
    _closesNeeded: number;
  }
}

declare module 'node:cluster' {
  interface Cluster {
    _getServer(server: object, options: object, callback: Function): void;
  }
  interface Worker {
    state: string;
  }
}

declare module 'node:dgram' {
  interface Socket {
    _handle: any;
    _getServerData?(): unknown;
    _setServerData?(data: unknown): void;
  }
}

declare module 'node:http' {
  interface ServerResponse {
    _storeHeader(...args: unknown[]): void;
    _last: boolean;
    _header: string | null;
  }
}

declare module 'node:net' {
  interface Server {
    _handle: any;
    _getServerData?(): unknown;
    _setServerData?(data: unknown): void;
  }
  interface Socket {
    _handle: any;
  }
}

declare module 'node:v8' {
  interface DefaultSerializer {
    _writeHostObject(value: object): void;
  }
  interface DefaultDeserializer {
    _readHostObject(): object;
  }
}
