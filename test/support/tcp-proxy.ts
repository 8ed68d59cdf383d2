import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

type Mode = 'pass' | 'drop' | 'stall';

interface Connection {
  readonly near: Socket;
  /** Undefined while the connection was accepted and the database knows nothing of it. */
  far: Socket | undefined;
}

/** A loopback proxy before a database, to take the database away and give it back as networks do. */
export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  #connections = new Set<Connection>();
  #abandoned = new Set<Connection>();
  #server: Server | undefined;
  #port = 0;
  #mode: Mode = 'pass';

  private constructor(host: string, port: number) {
    this.#target = { host, port };
  }

  /** @param databaseUrl names the host and port that the proxy stands before */
  static async open(databaseUrl: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(databaseUrl);
    const proxy = new TcpProxy(hostname, Number(port || 5432));
    await proxy.#listen();
    return proxy;
  }

  /** The same database, reached through the proxy. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  /** Forwards everything, also what was held back. */
  async pass(): Promise<void> {
    this.#mode = 'pass';
    await this.#listen();
    for (const connection of this.#connections) {
      if (connection.far === undefined) this.#connect(connection);
      connection.near.resume();
      connection.far?.resume();
    }
  }

  /** The database is gone: connections are reset, new ones refused. */
  async drop(): Promise<void> {
    this.#mode = 'drop';
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, 'close');
    server?.close();
    for (const { near, far } of [...this.#connections, ...this.#abandoned]) {
      near.resetAndDestroy();
      far?.destroy();
    }
    this.#connections.clear();
    this.#abandoned.clear();
    await closed;
  }

  /** The database says nothing any more: connections are accepted and held, and not a byte passes. */
  async stall(): Promise<void> {
    this.#mode = 'stall';
    await this.#listen();
    for (const { near, far } of this.#connections) {
      near.pause();
      far?.pause();
    }
  }

  /**
   * The database moved to another machine: whatever was connected stays silent for good, without an end or a reset;
   * new connections pass.
   */
  async abandon(): Promise<void> {
    await this.stall();
    this.#abandoned = new Set([...this.#abandoned, ...this.#connections]);
    this.#connections = new Set();
    await this.pass();
  }

  async close(): Promise<void> {
    await this.drop();
  }

  async #listen(): Promise<void> {
    if (this.#server) return;
    // Half-open and paused from the start, so that a stalled connection does not even learn that its peer has left.
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#accept(near));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #accept(near: Socket): void {
    const connection: Connection = { near, far: undefined };
    this.#connections.add(connection);
    near.on('error', () => {});
    near.on('close', () => this.#forget(connection));
    if (this.#mode === 'stall') return;
    this.#connect(connection);
    near.resume();
  }

  #connect(connection: Connection): void {
    const far = createConnection(this.#target);
    const { near } = connection;
    connection.far = far;
    far.on('error', () => near.resetAndDestroy());
    far.on('close', () => near.destroy());
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => near.write(bytes));
    near.on('end', () => far.end());
    far.on('end', () => near.end());
    if (this.#mode === 'stall') near.pause();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#abandoned.delete(connection);
    connection.far?.destroy();
  }
}
