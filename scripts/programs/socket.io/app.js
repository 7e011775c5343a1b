'use strict';

const { createServer } = require('node:http');
const { Server } = require('socket.io');

const server = createServer();
const io = new Server(server, { transports: ['websocket'] });

io.on('connection', (socket) => {
  socket.emit('hello', process.pid);
  socket.on('echo', (value, acknowledge) => acknowledge(value));
});

server.listen(process.env.PORT ?? 3000);
