// The files of an embedded PostgreSQL, the user it runs as, and its password and port.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Its message is for the operator: it names the folder and what to do. */
export class FolderProblem extends Error {}

export type ServerUser = { uid: number; gid: number };

export type ServerFolder = {
  /** The folder as the operator named it, for messages. */
  dataDir: string;
  /** Holds all of the server's files; usually `dataDir/postgres`. */
  home: string;
  /** PostgreSQL's data directory; exists only once it is complete. */
  data: string;
  user: ServerUser | undefined;
};

const elsewhereBase = '/var/lib/referral-desk';

/** Throws an explanation when the existing files cannot be used. */
export function serverFolder(dataDir: string): ServerFolder {
  mkdirSync(dataDir, { recursive: true });
  const real = realpathSync(resolve(dataDir));
  const user = serverUser();
  const home = serverHome(real, user);
  const data = join(home, 'data');
  const owner = existsSync(data) ? statSync(data).uid : undefined;
  const expected = user?.uid ?? process.getuid?.();
  if (owner !== undefined && owner !== expected) {
    throw new Error(
      `The database in ${data} belongs to the user with the id ${owner}, but PostgreSQL would run as ${expected}: ` +
        'start Referral Desk as that user.',
    );
  }
  mkdirSync(home, { recursive: true });
  // The server's user must be able to pass through whatever the umask; the data itself stays private.
  if (user) chmodSync(home, 0o711);
  return { dataDir: real, home, data, user };
}

/** PostgreSQL refuses to run as root, so it runs as the one unprivileged user that every system has. */
function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return;
  const entry = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(-?\d+):(-?\d+):/m);
  if (!entry) {
    throw new Error(
      'PostgreSQL refuses to run as root, and this system has no user "nobody" to run it as: ' +
        'start Referral Desk as an ordinary user, or set DATABASE_URL.',
    );
  }
  // macOS writes the id of the user "nobody" as -2; the kernel uses unsigned numbers.
  return { uid: Number(entry[1]) >>> 0, gid: Number(entry[2]) >>> 0 };
}

function serverHome(dataDir: string, user: ServerUser | undefined): string {
  const pointer = join(dataDir, 'postgres-location');
  if (existsSync(pointer)) {
    const home = readFileSync(pointer, 'utf8').trim();
    if (existsSync(join(home, 'data'))) return home;
    // An empty database would look like data loss, and might only mean that a disk is not mounted.
    throw new Error(`${pointer} names ${home}, which has no database.`);
  }
  const inside = join(dataDir, 'postgres');
  if (!user || canEnter(dataDir, user)) return inside;
  if (existsSync(join(inside, 'data'))) {
    throw new Error(
      `PostgreSQL runs as the user "nobody", which can no longer enter ${dataDir}. ` +
        'Allow it to enter that folder and its parents.',
    );
  }
  mkdirSync(elsewhereBase, { recursive: true });
  chmodSync(elsewhereBase, 0o755);
  return join(elsewhereBase, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
}

/** Tries the access, because mode bits ignore ACLs and parent folders. */
function canEnter(path: string, user: ServerUser): boolean {
  return spawnSync('test', ['-x', path], { ...user, cwd: '/' }).status === 0;
}

/** Records in the operator's folder where the database is; call it only once the database exists. */
export function rememberHome({ dataDir, home }: ServerFolder): void {
  const pointer = join(dataDir, 'postgres-location');
  if (home.startsWith(dataDir) || existsSync(pointer)) return;
  writeDurably(pointer, `${home}\n`, undefined);
}

/** Created on the first start, then only read. */
export function serverPassword(folder: ServerFolder): string {
  const path = passwordFile(folder);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (existsSync(folder.data))
    throw new Error(`${path} is missing. The database cannot be opened without it.`);
  const password = randomBytes(24).toString('hex');
  writeDurably(path, `${password}\n`, folder.user);
  return password;
}

/** Readable only by the server's user, since initdb runs as that user. */
export function passwordFile(folder: ServerFolder): string {
  return join(folder.home, 'password');
}

/** The port of the last start, reused to keep the address stable. */
export function rememberedPort({ home }: ServerFolder): number | undefined {
  const path = join(home, 'port');
  const port = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export function rememberPort(folder: ServerFolder, port: number): void {
  if (rememberedPort(folder) !== port) writeDurably(join(folder.home, 'port'), `${port}\n`, undefined);
}

/** Prevents two apps on copies of the same data, which would do the same work twice. */
export function refuseMoved({ home }: ServerFolder): void {
  const note = movedNote(home);
  if (!existsSync(note)) return;
  throw new FolderProblem(
    `The database in ${home} was moved to a server. Set DATABASE_URL to its address. ` +
      `To use the old data again, delete ${note}.`,
  );
}

export const noteMoved = ({ home }: ServerFolder): void =>
  writeDurably(movedNote(home), `${new Date().toISOString()}\n`, undefined);

const movedNote = (home: string) => join(home, 'moved');

/** Atomic, even through a kill or a power cut. */
function writeDurably(path: string, content: string, owner: ServerUser | undefined): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, content, { mode: 0o600, flush: true });
  if (owner) chownSync(partial, owner.uid, owner.gid);
  renameSync(partial, path);
  syncPath(dirname(path));
}

export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
