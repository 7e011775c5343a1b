'use strict';

const net = require('node:net');
const serve = require('./serve');

serve((id) => net.createServer((socket) => socket.end(id)));
