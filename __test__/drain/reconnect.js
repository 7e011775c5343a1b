'use strict';

// WebSockets and event streams outlive many requests. They are told when their worker has to go, end then or at its
// deadline, and their clients reconnect to a worker of the new generation.

const assert = require('node:assert');
const http = require('node:http');
const { EventSource } = require('undici');
const { WebSocket, WebSocketServer } = require('ws');
const { scenario, settled } = require('../harness');

const CLIENTS = 20;
/** In ms. */
const TIMEOUT = 3000;
/** The last part of the time, in which connections are closed. */
const WINDOW = TIMEOUT / 10;

/**
 * Each kind has a server, which says hello to a client that has come, and can say more to all clients, and end them;
 * and a client that reconnects.
 */
const KINDS = {
  WebSockets: {
    serve(hello) {
      const server = http.createServer();
      const { clients } = new WebSocketServer({ server }).on('connection', (socket) => socket.send(hello));
      const each = (act) => clients.forEach(act);
      return {
        server,
        tell: (text) => each((socket) => socket.send(text)),
        // "Service restart".
        end: () => each((socket) => socket.close(1012)),
      };
    },
    follow(port, { onmessage, onend }) {
      let socket;
      let isOver = false;
      const connect = () => {
        socket = new WebSocket(`ws://127.0.0.1:${port}`);
        socket.on('message', (data) => onmessage(`${data}`));
        socket.on('error', () => {});
        socket.on('close', () => {
          if (isOver) return;
          onend();
          connect();
        });
      };
      connect();
      return () => {
        isOver = true;
        socket.terminate();
      };
    },
  },

  'event streams': {
    serve(hello) {
      const responses = new Set();
      const server = http.createServer((request, response) => {
        responses.add(response);
        response.on('close', () => responses.delete(response));
        // Otherwise the client may come back to the old worker, over the connection that it has.
        response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'close' });
        response.write(`retry: 10\ndata: ${hello}\n\n`);
      });
      return {
        server,
        tell: (text) => responses.forEach((response) => response.write(`data: ${text}\n\n`)),
        end: () => responses.forEach((response) => response.end()),
      };
    },
    follow(port, { onmessage, onend }) {
      const source = new EventSource(`http://127.0.0.1:${port}/`);
      source.addEventListener('message', ({ data }) => onmessage(data));
      source.addEventListener('error', onend);
      return () => source.close();
    },
  },
};

/** A client, and what it has seen. */
class Follower {
  /** Of the worker that it has reached. */
  pid;
  /** What the workers have said of their deadlines: how far away these were. In ms. */
  told = [];
  /** When its connections ended. */
  ends = [];

  constructor(follow, port) {
    this.close = follow(port, {
      onmessage: (text) => {
        const { pid, deadline, now } = JSON.parse(text);
        if (pid !== undefined) this.pid = pid;
        else this.told.push(deadline - now);
      },
      onend: () => {
        this.ends.push(performance.now());
        this.pid = undefined;
      },
    });
  }
}

/** How the workers begin, whose clients come, and what is true after a reload, however it went. */
function follows(name, kind, { workers, ends, check }) {
  scenario(`${kind} ${name}`, {
    skipBuiltin: 'it has no supervise()',
    async primary(cluster) {
      let port;
      cluster.on('listening', (worker, address) => ({ port } = address));
      const supervisor = cluster.supervise({ workers, idleGrace: 500, drainTimeout: TIMEOUT });
      await supervisor.ready;
      const followers = Array.from({ length: CLIENTS }, () => new Follower(KINDS[kind].follow, port));
      const areConnected = () => followers.every(({ pid }) => pid !== undefined);
      assert.ok(await settled(areConnected));
      const former = new Set(followers.map(({ pid }) => pid));
      assert.strictEqual(former.size, workers);

      let drainedAt;
      supervisor.on('worker', (worker, state) => {
        if (state === 'draining') drainedAt ??= performance.now();
      });
      const { replaced, killed } = await supervisor.reload();
      assert.deepStrictEqual({ replaced, killed }, { replaced: workers, killed: 0 });

      assert.ok(await settled(areConnected));
      const rows = supervisor.status().workers;
      for (const { pid, told } of followers) {
        assert.strictEqual(rows.find((row) => row.pid === pid)?.generation, 2);
        for (const ms of told) assert.ok(Math.abs(ms - TIMEOUT) < 200, `${ms}`);
      }
      check(followers, drainedAt);
      followers.forEach(({ close }) => close());
      await supervisor.stop();
    },
    worker(cluster) {
      const { server, tell, end } = KINDS[kind].serve(JSON.stringify({ pid: process.pid }));
      cluster.worker.on('drain', (deadline) => {
        tell(JSON.stringify({ deadline, now: Date.now() }));
        if (ends) end();
      });
      server.listen(0, '127.0.0.1');
    },
  });
}

for (const kind of Object.keys(KINDS)) {
  follows('that a program ends at the event reconnect to the new generation', kind, {
    workers: 2,
    ends: true,
    check(followers) {
      for (const { told, ends } of followers) {
        // One may have come to the other old worker first.
        assert.ok(ends.length === 1 || ends.length === 2, `${ends}`);
        assert.strictEqual(told.length, ends.length);
      }
    },
  });

  follows('end in the last tenth before the deadline, one after the other, and reconnect', kind, {
    workers: 1,
    ends: false,
    check(followers, drainedAt) {
      for (const { told, ends } of followers) assert.deepStrictEqual([told.length, ends.length], [1, 1]);
      const ends = followers.map(({ ends: [end] }) => end - drainedAt);
      // Node's timers may be a little early. How much later they are is a matter of the machine.
      assert.ok(Math.min(...ends) >= TIMEOUT - WINDOW - 20, `${ends}`);
      assert.ok(Math.max(...ends) - Math.min(...ends) >= WINDOW / 3, `${ends}`);
    },
  });
}
