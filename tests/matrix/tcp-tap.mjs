// SPDX-License-Identifier: MIT
// tcp-tap.mjs: stands between a client and a device and keeps what passes; and speaks to the device
// as an attacker who has nothing but that.
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A board's chip refuses for the moment between two connections. */
async function dial(port) {
  for (let tries = 0; ; tries++) {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    try {
      await new Promise((resolve, reject) => {
        socket.once('connect', resolve).once('error', reject);
      });
      return socket;
    } catch (error) {
      if (tries === 50) throw error;
      await delay(20);
    }
  }
}

class Attacker {
  heard = Buffer.alloc(0);
  isOver = false;

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.heard = Buffer.concat([this.heard, bytes]);
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => {
      this.isOver = true;
    });
  }

  write(bytes) {
    if (bytes.length > 0) this.socket.write(bytes);
  }

  close() {
    this.socket.destroy();
  }
}

export class TcpTap {
  /** Where the device is. */
  devicePort = 0;
  isLine = false;
  #heard = { toDevice: [], toClient: [] };
  #sockets = new Set();

  static async open() {
    const tap = new TcpTap();
    tap.server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void tap.#join(socket));
    await new Promise((resolve) => tap.server.listen(0, '127.0.0.1', resolve));
    tap.port = tap.server.address().port;
    return tap;
  }

  /** The address that the client is told. */
  get address() {
    return `tcp://127.0.0.1:${this.port}`;
  }

  async #join(client) {
    this.#keep(client);
    client.pause();
    try {
      const device = await dial(this.devicePort);
      this.#keep(device);
      this.#pump(client, device, this.#heard.toDevice);
      this.#pump(device, client, this.#heard.toClient);
    } catch {
      client.destroy();
    }
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }

  #pump(from, to, kept) {
    from.on('data', (bytes) => {
      kept.push(bytes);
      to.write(bytes);
    });
    from.on('end', () => to.end()).on('close', () => to.destroySoon());
    from.resume();
  }

  /** What has passed since the last call. */
  async take() {
    const taken = Object.fromEntries(Object.entries(this.#heard).map(([way, kept]) => [way, Buffer.concat(kept)]));
    for (const kept of Object.values(this.#heard)) kept.length = 0;
    return taken;
  }

  async attacker() {
    return new Attacker(await dial(this.devicePort));
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }
}
