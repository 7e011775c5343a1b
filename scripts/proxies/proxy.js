'use strict';

/** A real proxy before the workers, with a configuration of its own in a temporary folder. It repeats no request. */

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

/** How long a proxy may take until it listens, in ms. */
const START = 5000;

const nginx = ({ port, upstream, folder }) => `
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream workers {
    server 127.0.0.1:${upstream};
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000000;
    location / {
      proxy_pass http://workers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }
  }
}
`;

const haproxy = ({ port, upstream }) => `
global
  maxconn 1024
defaults
  mode http
  retries 0
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:${port}
  default_backend workers
backend workers
  server workers 127.0.0.1:${upstream}
`;

/** By name: its package in Debian, its configuration, and its command. */
const PROXIES = {
  nginx: {
    package: 'nginx',
    configuration: nginx,
    command: (file, folder) => ['nginx', '-p', folder, '-c', file],
  },
  haproxy: { package: 'haproxy', configuration: haproxy, command: (file) => ['haproxy', '-db', '-f', file] },
};

async function listens(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

class Proxy {
  #process;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-proxy-'));
  #errors = '';

  /**
   * @param {'nginx' | 'haproxy'} name
   * @param {{ port: number, upstream: number }} ports its own, and that of the workers
   * @returns {Promise<Proxy>} which listens
   */
  static async start(name, { port, upstream }) {
    const proxy = new Proxy();
    const folder = proxy.#folder;
    const file = path.join(folder, `${name}.conf`);
    fs.writeFileSync(file, PROXIES[name].configuration({ port, upstream, folder }));
    const [command, ...args] = PROXIES[name].command(file, folder);
    proxy.#process = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    proxy.#process.stderr.setEncoding('utf8').on('data', (text) => (proxy.#errors += text));
    for (const end = Date.now() + START; !(await listens(port)); await sleep(20)) {
      if (proxy.#process.exitCode !== null || Date.now() > end)
        throw new Error(`${name} does not listen: ${proxy.#errors}`);
    }
    return proxy;
  }

  /** The last lines that it has logged about errors. */
  log() {
    const file = path.join(this.#folder, 'error.log');
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : this.#errors;
    return text
      .split('\n')
      .filter((line) => /\[(error|crit|alert)\]/.test(line))
      .slice(-3);
  }

  async stop() {
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await exited;
    }
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

module.exports = { PROXIES, Proxy };
