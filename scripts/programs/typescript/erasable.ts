import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

interface Greeting {
  text: string;
  pid: number;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const greeting: Greeting = { text: 'Hello World', pid: process.pid };
  response.end(`${greeting.text} from process ${greeting.pid}`);
}

createServer(answer).listen(Number(process.env.PORT ?? 3000));
