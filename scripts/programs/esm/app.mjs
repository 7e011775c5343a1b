import { createServer } from 'node:http';
import { pid } from 'node:process';
import { setImmediate } from 'node:timers/promises';

const greeting = await setImmediate('Hello World');

createServer((request, response) => response.end(`${greeting} from process ${pid}`)).listen(
  process.env.PORT ?? 3000,
);
