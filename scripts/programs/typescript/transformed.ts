import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

// Node cannot strip an enum, or a field that is a parameter: they become code.
enum Text {
  Greeting = 'Hello World',
}

class Greeter {
  constructor(private readonly pid: number) {}

  answer(request: IncomingMessage, response: ServerResponse): void {
    response.end(`${Text.Greeting} from process ${this.pid}`);
  }
}

const greeter = new Greeter(process.pid);
createServer((request, response) => greeter.answer(request, response)).listen(
  Number(process.env.PORT ?? 3000),
);
