/** The links every server of a bench serves; a code and its destination follow from the link's number. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CODE_LENGTH = 8;

/** Prime, and greater than 62⁴: neighbouring numbers get unlike codes, as generated codes are. */
const STRIDE = 104_395_303n;
const CODE_SPACE = BigInt(ALPHABET.length) ** BigInt(CODE_LENGTH);

/** Every number has a code of its own, because the stride and the size of the code space share no factor. */
export function codeAt(index: number): string {
  let rest = (BigInt(index + 1) * STRIDE * STRIDE) % CODE_SPACE;
  let code = '';
  for (let position = 0; position < CODE_LENGTH; position++) {
    code = `${ALPHABET[Number(rest % 62n)]}${code}`;
    rest /= 62n;
  }
  return code;
}

export function codesOf(links: number): string[] {
  return Array.from({ length: links }, (_, index) => codeAt(index));
}

export function destinationOf(code: string): string {
  return `https://www.example.com/campaigns/autumn/landing?item=${code}`;
}
