'use strict';

/** Opens as many connections as a message says, some at the same time. It answers when the last one has ended. */

const net = require('node:net');

const AT_ONCE = 16;
const port = Number(process.argv[2]);

process.on('message', (count) => {
  let toOpen = count;
  let toClose = count;
  const open = () => {
    if (toOpen-- <= 0) return;
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.resume();
    socket.on('close', () => {
      if (--toClose === 0) process.send('done');
      else open();
    });
  };
  for (let i = 0; i < AT_ONCE; i++) open();
});
