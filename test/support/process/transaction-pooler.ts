// A minimal pooler in transaction or statement mode: all clients share one session of the server.
import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';

const message = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** As PgBouncer words it. */
const noTransactions = message(
  'E',
  Buffer.from('SFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0'),
);
const ready = message('Z', Buffer.from('I'));

/** Types are PostgreSQL's own, values their text. */
function answerTo({ fields, rows }: pg.QueryArrayResult): Buffer {
  const columns = fields.map(({ name, dataTypeID }) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      int32(0),
      int16(0),
      int32(dataTypeID),
      int16(-1),
      int32(-1),
      int16(0),
    ]),
  );
  const lines = rows.map((row) => {
    const values = row.map((value) =>
      Buffer.from(typeof value === 'boolean' ? (String(value)[0] ?? '') : String(value)),
    );
    const cells = values.flatMap((value) => [int32(value.length), value]);
    return message('D', Buffer.concat([int16(values.length), ...cells]));
  });
  return Buffer.concat([
    message('T', Buffer.concat([int16(columns.length), ...columns])),
    ...lines,
    message('C', Buffer.from('SELECT\0')),
    ready,
  ]);
}

export async function startTransactionPooler(
  serverUrl: string,
  mode: 'transaction' | 'statement' = 'transaction',
): Promise<{ port: number; stop(): Promise<void> }> {
  const shared = new pg.Client(serverUrl);
  await shared.connect();
  const server = createServer((socket) => {
    let started = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (!started) {
        started = true;
        socket.write(Buffer.concat([message('R', int32(0)), ready]));
        return;
      }
      if (chunk[0] !== 'Q'.charCodeAt(0)) return;
      const text = chunk.subarray(5, -1).toString();
      if (mode === 'statement' && text === 'begin') return void socket.write(noTransactions);
      shared.query<unknown[]>({ text, rowMode: 'array' }).then(
        (result) => socket.write(answerTo(result)),
        () => socket.destroy(),
      );
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close();
      await shared.end();
    },
  };
}
