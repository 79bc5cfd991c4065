// Files as people have them: whatever a spreadsheet or an export makes of a table comes out as the same rows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { readFileRows } from '../../src/http/rows/file-rows.ts';
import type { ArrivingRow } from '../../src/usecases/imports/receive-import.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(file: string | Uint8Array, contentType = 'text/csv', size = 7) {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
  const { rows } = await readFileRows(inPieces(bytes, size), { contentType, unknown: 'refuse' });
  const all: ArrivingRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

async function refusal(file: string | Uint8Array, contentType = 'text/csv') {
  const error = await read(file, contentType).catch((reason: unknown) => reason);
  return error instanceof Failure ? { ...error, message: error.message } : error;
}

const dana = { email: 'dana@example.com', name: 'Dana', phone: '0049301234' };

describe('one table', () => {
  const header = ['email', 'name', 'phone'];
  const noise = fc.constantFrom('', '\u200B', '\uFEFF', ' ', '\u00A0');
  const quoting = fc.constantFrom(
    (text: string) => text,
    (text: string) => `"${text}"`,
    (text: string) => `="${text}"`,
    (text: string) => `"=""${text}"""`,
  );
  const caps = fc.constantFrom(
    (text: string) => text,
    (text: string) => text.toUpperCase(),
    (text: string) => ` ${text[0]?.toUpperCase()}${text.slice(1)} `,
  );

  test('is read the same however it was saved', async () => {
    const shape = fc.record({
      separator: fc.constantFrom(',', ';', '\t', '|'),
      lineEnd: fc.constantFrom('\r\n', '\n', '\r'),
      names: fc.boolean(),
      quote: quoting,
      write: caps,
      edge: noise,
      trailing: fc.nat(2),
      blanks: fc.nat(2),
      mark: fc.boolean(),
      size: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async (way) => {
        const { separator, lineEnd, quote, write, edge, trailing, blanks } = way;
        const end = separator.repeat(trailing);
        const blank = `${separator.repeat(2)}${lineEnd}`.repeat(blanks);
        const line = (cells: string[]) => `${cells.map(quote).join(separator)}${end}${lineEnd}`;
        const file =
          (way.mark ? '\uFEFF' : '') +
          (way.names ? `sep=${separator}${lineEnd}` : '') +
          line(header.map((name) => `${edge}${write(name)}${edge}`)) +
          blank +
          line(Object.values(dana)) +
          blank;
        const rows = await read(file, 'text/csv', way.size);
        expect(rows.map(({ given, problems }) => ({ given, problems }))).toEqual([
          { given: dana, problems: undefined },
        ]);
        expect(rows[0]?.line).toBe(2 + (way.names ? 1 : 0) + blanks);
      }),
    );
  });
});

test('rows of nothing but separators before the header are passed over', async () => {
  expect(await read(';;\n\n;;\nemail;name;phone\nd@example.com;D\n')).toEqual([
    { line: 5, given: { email: 'd@example.com', name: 'D' } },
  ]);
});

test('an apostrophe that marks digits as text is not part of them', async () => {
  expect(await read("external_id,name\n'00817,'s-Gravenhage\n")).toEqual([
    { line: 2, given: { external_id: '00817', name: "'s-Gravenhage" } },
  ]);
});

test.each([
  ['a workbook of today', [0x50, 0x4b, 0x03, 0x04, 0x14]],
  ['a workbook of Excel 97', [0xd0, 0xcf, 0x11, 0xe0, 0xa1]],
])('%s is refused with what to do', async (_what, bytes) => {
  expect(await refusal(new Uint8Array(bytes))).toMatchObject({
    code: 'invalid',
    message: 'The file is a spreadsheet, not text. Save it as CSV in UTF-8, and upload that.',
  });
});

describe('a line of JSON', () => {
  const ndjson = (text: string) => read(text, 'application/x-ndjson');

  test('has empty fields like a table, and byte order marks of files that were joined', async () => {
    const line = '{"email":"k@example.com","signed_up_at":"","phone":null}';
    expect(await ndjson(`${line}\n\uFEFF${line}`)).toEqual([
      { line: 1, given: { email: 'k@example.com' } },
      { line: 2, given: { email: 'k@example.com' } },
    ]);
  });

  test('that names one field twice is refused and kept whole', async () => {
    expect(await ndjson('{"user_id":"817","external_id":"818"}')).toEqual([
      {
        line: 1,
        given: { external_id: '818' },
        problems: { external_id: 'appears twice: user_id means the same' },
      },
    ]);
  });
});

test('cells that are missing at the end are empty, and what is surplus refuses its row with its line', async () => {
  const file =
    'email,name,phone,\na@example.com\nb@example.com,B,,,,\n\nc@example.com,C,,,more\nd@example.com,D\n';
  expect(await read(file)).toEqual([
    { line: 2, given: { email: 'a@example.com' } },
    { line: 3, given: { email: 'b@example.com', name: 'B' } },
    {
      line: 5,
      given: { email: 'c@example.com', name: 'C', phone: ' more' },
      problems: { row: 'has 5 cells where the first row has 3' },
    },
    { line: 6, given: { email: 'd@example.com', name: 'D' } },
  ]);
});

test('the header words of an export of Intercom are known', async () => {
  const [row] = await read('Name,Email,User ID,Signed up,Phone\nDana,dana@example.com,00817,2026-11-30,\n');
  expect(row?.given).toEqual({
    name: 'Dana',
    email: 'dana@example.com',
    external_id: '00817',
    signed_up_at: '2026-11-30',
  });
});

test('two headers for one column are told by both, an unknown one by what was probably meant', async () => {
  expect(await refusal('Email,e-mail,Emial,shoe,,name\n')).toMatchObject({
    code: 'invalid',
    fields: {
      'e-mail': 'appears twice: Email means the same',
      Emial: 'is unknown; did you mean "email"?',
      shoe: 'is unknown',
      'column 5': 'has no name',
    },
  });
});

describe('the text of a file', () => {
  const table = 'email;name\r\ndana@example.com;Jürgen Müßig – Ærø ÀÉ\r\n';
  const wide = (order: 'utf16le' | 'be', mark: string) => {
    const bytes = Buffer.from(`${mark}${table}`, 'utf16le');
    return new Uint8Array(order === 'be' ? bytes.swap16() : bytes);
  };
  const western = new Uint8Array([...table].map((sign) => (sign === '–' ? 0x96 : sign.codePointAt(0)) ?? 0));

  test.each([
    ['UTF-8', new TextEncoder().encode(table), 'text/csv'],
    ['UTF-8 with a mark', new TextEncoder().encode(`\uFEFF${table}`), 'text/csv'],
    ['UTF-16', wide('utf16le', '\uFEFF'), 'text/csv'],
    ['UTF-16 of the other order', wide('be', '\uFEFF'), 'text/csv'],
    ['UTF-16 without a mark', wide('utf16le', ''), 'text/csv'],
    ['UTF-16 that is said to be UTF-8', wide('utf16le', '\uFEFF'), 'text/csv; charset=utf-8'],
    ['Windows-1252', western, 'text/csv'],
    ['Windows-1252, when it is said', western, 'text/csv; charset=windows-1252'],
  ])('is read in %s', async (_what, bytes, type) => {
    expect((await read(bytes, type))[0]?.given).toEqual({
      email: 'dana@example.com',
      name: 'Jürgen Müßig – Ærø ÀÉ',
    });
  });

  test.each([
    ['Cyrillic of Windows-1251', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]],
    ['Polish of Windows-1250', [0x57, 0xb3, 0x61, 0x64]],
    ['Japanese of Shift JIS', [0x83, 0x5c, 0x81, 0x5b]],
  ])('is refused in %s, with what to do', async (_what, name) => {
    const file = Buffer.concat([Buffer.from('email,name\na@example.com,'), Buffer.from(name)]);
    expect(await refusal(new Uint8Array(file))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('charset='),
    });
  });
});

describe('numbers in JSON rows', () => {
  const row = async (line: string) => (await read(line, 'application/x-ndjson'))[0]?.given;

  test('keep every digit that was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: 10n ** 30n }), async (number) => {
        const given = await row(`{"external_id": ${number}, "company": {"id": ${number}}}`);
        expect(given).toEqual({ external_id: expect.anything(), 'company.id': expect.anything() });
        expect(String(given?.external_id)).toBe(String(number));
        expect(String(given?.['company.id'])).toBe(String(number));
      }),
    );
  });

  test.each(['1.0', '1e21', '-0', '1E3', '0.10'])('%s is kept as it is written', async (written) => {
    expect(await row(`{"external_id": ${written}, "custom_attributes.a": ${written}}`)).toEqual({
      external_id: written,
      'custom_attributes.a': written,
    });
  });

  test('that are written plainly stay numbers', async () => {
    expect(await row('{"custom_attributes": {"a": 5, "b": 1.5, "c": true}}')).toEqual({
      'custom_attributes.a': 5,
      'custom_attributes.b': 1.5,
      'custom_attributes.c': true,
    });
  });
});

test.each(['null', '""', '" \u200b"'])(
  'a JSON field that is %s counts neither as a value nor as a second one',
  async (empty) => {
    const file = `{"user_id": ${empty}, "external_id": "818", "Email": ${empty}, "email": "a@example.com", "phone": ${empty}}`;
    expect(await read(file, 'application/x-ndjson')).toEqual([
      { line: 1, given: { external_id: '818', email: 'a@example.com' } },
    ]);
  },
);
