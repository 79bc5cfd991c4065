// Decodes an uploaded file while it arrives, by its first bytes or the caller's charset, or refuses it.
import { TextDecoder } from 'node:util';
import { Failure } from '../../failure.ts';

/** How many bytes to inspect before deciding on an encoding. */
const lookedAt = 64 * 1024;

/** `charset` is the caller's. Rejects with `invalid` when the encoding is unknown, or does not match the content. */
export async function* fileTextOf(
  bytes: AsyncIterable<Uint8Array>,
  charset: string | undefined,
): AsyncGenerator<string> {
  const source = bytes[Symbol.asyncIterator]();
  const { beginning, whole, broken } = await beginningOf(source);
  if (isWorkbook(beginning)) throw new Failure('invalid', workbook);
  const decoder = decoderFor(beginning, charset, whole);
  yield decoder.decode(beginning, { stream: true });
  if (broken) throw broken.error;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    yield decoder.decode(next.value, { stream: true });
  }
  yield decoder.decode();
}

type Beginning = { beginning: Buffer; whole: boolean; broken: { error: unknown } | null };

/** Of an upload that broke off, what did arrive. */
async function beginningOf(source: AsyncIterator<Uint8Array>): Promise<Beginning> {
  const parts: Uint8Array[] = [];
  const ended = (whole: boolean, broken: Beginning['broken'] = null) => ({
    beginning: Buffer.concat(parts),
    whole,
    broken,
  });
  try {
    for (let size = 0; size < lookedAt; ) {
      const next = await source.next();
      if (next.done) return ended(true);
      parts.push(next.value);
      size += next.value.length;
    }
    return ended(false);
  } catch (error) {
    return ended(false, { error });
  }
}

function decoderFor(beginning: Buffer, charset: string | undefined, whole: boolean): TextDecoder {
  const wide = wideEncodingOf(beginning);
  // Programs declare utf-8 for anything they send; UTF-16's byte order marks are more reliable.
  if (wide !== null && (charset === undefined || /^utf-?8$/i.test(charset))) return decoderOf(wide);
  if (charset !== undefined) return decoderOf(charset);
  if (!isUtf8(beginning, whole)) {
    if (isWestern(beginning)) return decoderOf('windows-1252');
    throw notUtf8();
  }
  // Later invalid rows are refused one by one: see `isDamaged`.
  return new TextDecoder();
}

const workbook = 'The file is a spreadsheet, not text. Save it as CSV in UTF-8, and upload that.';

/** By the first bytes of .xlsx and .ods (a zip archive) and of .xls. */
function isWorkbook(beginning: Buffer): boolean {
  return ['504b0304', 'd0cf11e0'].includes(beginning.toString('hex', 0, 4));
}

function decoderOf(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    throw new Failure('invalid', `Unknown encoding: ${JSON.stringify(label.slice(0, 50))}.`);
  }
}

/** By the byte order mark that Windows writes, or by the zeros between plain letters. */
function wideEncodingOf(beginning: Buffer): 'utf-16le' | 'utf-16be' | null {
  const [first, second] = beginning;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (beginning.length < 4) return null;
  const zeros = (from: number) => [0, 2].every((at) => beginning[at + from] === 0);
  if (zeros(1) && !zeros(0)) return 'utf-16le';
  return zeros(0) && !zeros(1) ? 'utf-16be' : null;
}

function isUtf8(beginning: Buffer, whole: boolean): boolean {
  try {
    // The inspected bytes may end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(beginning, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

/** Windows-1252, as Excel saves CSV. Other alphabets decode to words of accented letters or odd signs. */
function isWestern(beginning: Buffer): boolean {
  // Five bytes, and control characters, are undefined in it.
  if (beginning.some((byte) => byte === 0 || [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte))) return false;
  const text = new TextDecoder('windows-1252').decode(beginning);
  return !/[À-ÿ]{4}|\p{L}[¡-©«¬®-±³µ¶¸¹»-¿]\p{L}/u.test(text);
}

function notUtf8(): Failure {
  return new Failure(
    'invalid',
    'The file is in neither UTF-8, UTF-16 nor Windows-1252. Save it as UTF-8, or declare its encoding, for example ' +
      '"Content-Type: text/csv; charset=windows-1251".',
  );
}

/** Whether a text lost characters in decoding, and the message for it. */
export function damageIn(text: string): string | null {
  if (text.includes('\uFFFD')) return 'has characters that are not in the encoding of the file';
  if (text.includes('\0') || !text.isWellFormed()) return 'has characters that cannot be stored';
  return null;
}

/** As close to the text as the database can store. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
