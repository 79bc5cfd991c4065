// A phone number as Intercom keeps it.
import { parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * With a country code, written as +XX or 00XX, it becomes E.164; without one, it only loses the characters that are
 * there for the eye: https://www.intercom.com/help/en/articles/6311200-customer-phone-numbers. Whether Intercom refuses
 * what is not a number at all is not known; it is kept.
 */
export function storedPhone(written: string): string {
  const plain = written.replace(/[\s().-]/g, '');
  if (!/^\+?\d+$/.test(plain)) return written;
  return parsePhoneNumberFromString(plain.replace(/^00/, '+'))?.number ?? plain;
}
