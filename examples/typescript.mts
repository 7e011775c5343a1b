// TypeScript, as an ES module. Node 22.18 and later run it directly. For an older Node, compile it with tsc.

import http from 'node:http';
import cluster, { type Worker } from 'rs-cluster';

interface Greeting {
  from: number;
  text: string;
}

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => {
    console.log(`Try: curl http://localhost:${address.port}/`);
  });
  cluster.on('message', (worker: Worker, { from, text }: Greeting) => {
    console.log(`worker ${from} says ${text}`);
  });
} else {
  const id = cluster.worker!.id;
  process.send!({ from: id, text: 'hello' } satisfies Greeting);
  http.createServer((req, res) => res.end(`hello from worker ${id}\n`)).listen(port);
}
