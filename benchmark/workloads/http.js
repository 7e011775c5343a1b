'use strict';

const http = require('node:http');
const serve = require('./serve');

serve((id) => http.createServer((request, response) => response.end(id)));
