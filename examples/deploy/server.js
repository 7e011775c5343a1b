'use strict';

// The program of the files in this folder. It knows nothing of workers: `npx rs-cluster server.js` runs it on all cores.

const http = require('node:http');

const { PORT = '8000', LISTEN_FDS } = process.env;

/** The first socket that systemd passes on (`app.socket`). The primary has it, and deals its connections. */
const SOCKET = { fd: 3 };

http
  .createServer((request, response) => response.end(`hello from process ${process.pid}\n`))
  .listen(LISTEN_FDS === undefined ? Number(PORT) : SOCKET);
