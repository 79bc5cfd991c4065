// One contact as a table, saved in all the ways in which programs and people save tables.
import fc from 'fast-check';

export const utf16 = (text: string) => new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));
export const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** How programs and people save the same table. */
type Saved = {
  separator: ',' | ';' | '\t' | '|';
  lineEnd: '\n' | '\r\n' | '\r';
  encoding: 'utf-8' | 'utf-8 with its mark' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  headers: string[];
  date: string;
  price: string;
  phone: string;
  protects: boolean;
  names: boolean;
  trailing: boolean;
  blank: boolean;
  order: number[];
};
export const saved: fc.Arbitrary<Saved> = fc.record({
  separator: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with its mark', 'utf-16le', 'utf-16be', 'windows-1252'),
  headers: fc.tuple(
    fc.constantFrom('User ID', 'user_id', 'EXTERNAL_ID', 'external-id', ' userId ', 'External Id'),
    fc.constantFrom('email', 'Email', 'E-MAIL', 'Email address', 'mail'),
    fc.constantFrom('Name', 'Full name', 'name'),
    fc.constantFrom('Phone', 'phone_number', 'PHONE NUMBER'),
    fc.constantFrom('Signed up', 'signed_up_at', 'Signed_Up_At', 'Signup date'),
    fc.constantFrom('custom_attributes.lifetime_value', 'Custom attributes.Lifetime Value'),
    fc.constantFrom('role', 'Role', 'ROLE'),
  ),
  date: fc.constantFrom('24/12/2026', '24.12.2026', '2026-12-24', '12/24/2026', '2026-12-24T00:00:00Z'),
  price: fc.constantFrom('19.90', '19,90', '19.9', ' 19,9 '),
  phone: fc.constantFrom('+353 87 123 4567', '+353871234567', '00353-87-1234567'),
  protects: fc.boolean(),
  names: fc.boolean(),
  trailing: fc.boolean(),
  blank: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
});

export function bytesOf(text: string, encoding: Saved['encoding']): Uint8Array<ArrayBuffer> {
  if (encoding === 'windows-1252') return latin1(text);
  if (encoding === 'utf-16le') return utf16(text);
  if (encoding === 'utf-16be') return new Uint8Array(Buffer.from(utf16(text)).swap16());
  return new TextEncoder().encode(`${encoding === 'utf-8' ? '' : '\uFEFF'}${text}`);
}

/** `key` makes its contact another one. */
export function tableOf(how: Saved, key: string): string {
  const { separator } = how;
  const cell = (text: string, isId = false) => {
    const whole = how.protects && isId ? `="${text}"` : text;
    return /["\r\n]/.test(whole) || whole.includes(separator) ? `"${whole.replaceAll('"', '""')}"` : whole;
  };
  // The last column, role, is missing in its row: its cells at the end are left out.
  const order = [...how.order, 6];
  const values = [`00817${key}`, `${key}@space.example`, 'Jürgen', how.phone, how.date, how.price];
  const end = how.trailing ? separator.repeat(2) : '';
  const header = order.map((at) => cell(how.headers[at] ?? '', at !== 5)).join(separator) + end;
  const row =
    how.order.map((at) => cell(values[at] ?? '', at === 0)).join(separator) + (how.trailing ? end : '');
  const lines = [header, ...(how.blank ? ['', separator.repeat(6)] : []), row, ''];
  return `${how.names ? `sep=${separator}${how.lineEnd}` : ''}${lines.join(how.lineEnd)}`;
}
