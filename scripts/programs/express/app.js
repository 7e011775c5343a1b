'use strict';

const express = require('express');

const app = express();
const port = process.env.PORT ?? 3000;

app.get('/', (req, res) => {
  res.send(`Hello World from process ${process.pid}`);
});

app.listen(port);
