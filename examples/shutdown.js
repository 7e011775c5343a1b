'use strict';

// Ctrl-C and SIGTERM end all of it gracefully: no new connections, those that are open are answered.
// Who takes longer than ten seconds is ended.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

function shutdown(signal) {
  console.log(`${signal}: shutting down`);
  setTimeout(() => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
  }, 10_000).unref();
  cluster.disconnect(() => console.log('all workers have left'));
}

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, shutdown);
} else {
  // A terminal and a service manager send the signal to all processes; the primary decides.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

  http
    .createServer((req, res) => {
      res.write('working, ');
      setTimeout(() => res.end('done\n'), 1000);
    })
    .listen(port);
}
