'use strict';

const Koa = require('koa');

const app = new Koa();

app.use(async (ctx) => {
  ctx.body = `Hello World from process ${process.pid}`;
});

app.listen(process.env.PORT ?? 3000);
