import { Failure, type FieldProblem } from '../../../errors.ts';
import { asciiUrl, httpUrlProblem } from '../../../links/destination.ts';
import { textProblem } from '../../../links/text.ts';
import { lineProblem } from '../line-problem.ts';
import type { NewMessage } from './message.ts';
import { payloadOf } from './message-payload.ts';

/** Systems cut what is longer. */
export const LONGEST_TITLE = 120;
export const LONGEST_BODY = 1_000;
/** Push services take 4,096 bytes (RFC 8030, section 7.2), of which encryption needs 103. */
const LARGEST_PAYLOAD_BYTES = 3_900;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

export interface MessageInput {
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly imageUrl: string | null;
  /** Milliseconds; null, or an instant that has passed: now. */
  readonly sendAt: number | null;
}

/** @throws Failure `invalid` */
export function checkMessage(
  { title, body, url, imageUrl, sendAt }: MessageInput,
  publicId: string,
  now: number,
): Pick<NewMessage, 'publicId' | 'title' | 'body' | 'url' | 'imageUrl' | 'dueAt'> {
  const problems: FieldProblem[] = [];
  const check = (field: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ field, message });
  };
  check(
    'title',
    title.trim() === '' ? 'must not be empty' : lineProblem(title, { min: 1, max: LONGEST_TITLE }),
  );
  check('body', textProblem(body, { max: LONGEST_BODY }));
  check('url', httpUrlProblem(url));
  if (imageUrl !== null) check('imageUrl', httpUrlProblem(imageUrl));
  if (sendAt !== null && sendAt > now + YEAR_MS) check('sendAt', 'must be within a year');
  if (problems.length > 0) throw Failure.invalid(problems);

  const content = { publicId, title, body, url: asciiUrl(url), imageUrl: imageUrl && asciiUrl(imageUrl) };
  const size = Buffer.byteLength(JSON.stringify(payloadOf(content, '0'.repeat(32))));
  if (size > LARGEST_PAYLOAD_BYTES) {
    throw Failure.invalidField(
      'body',
      `makes the message ${size} bytes long, together with title, url and imageUrl; push services carry ${LARGEST_PAYLOAD_BYTES}`,
    );
  }
  return { ...content, dueAt: Math.max(now, sendAt ?? now) };
}
