// Stands between the app and PostgreSQL, to freeze their connections or to cut them.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Line = {
  url: string;
  /** Open connections carry nothing more, and new ones do. */
  freeze(): void;
  /** Open connections end, and new ones too, until they are restored. */
  cut(): void;
  mend(): void;
  stop(): void;
};

export async function startLine(databaseUrl: string): Promise<Line> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((socket) => {
    if (isCut) return void socket.destroy();
    const onward = connect(Number(port), hostname);
    for (const [each, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        sockets.delete(each);
        other.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(own) }).href,
    freeze() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
        socket.removeAllListeners('data');
      }
    },
    cut() {
      isCut = true;
      destroyAll();
    },
    mend() {
      isCut = false;
    },
    stop() {
      server.close();
      destroyAll();
    },
  };
}
