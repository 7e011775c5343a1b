'use strict';

// WebSockets: a chat whose members are connected to different workers. The primary forwards each message to all
// workers.

const cluster = require('rs-cluster');
const http = require('node:http');
const { WebSocketServer } = require('ws');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) =>
    console.log(`Try: npx wscat -c ws://localhost:${address.port}/`),
  );
  cluster.on('message', (sender, text) => {
    for (const worker of Object.values(cluster.workers)) worker.send(text);
  });
} else {
  const server = http.createServer().listen(port);
  const chat = new WebSocketServer({ server });
  chat.on('connection', (member) => {
    member.send(`welcome to worker ${cluster.worker.id}`);
    member.on('message', (text) => process.send(`${text}`));
  });
  process.on('message', (text) => {
    for (const member of chat.clients) member.send(text);
  });
}
