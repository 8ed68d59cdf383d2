import type { PushPayload } from '../push-payload.ts';
import type { NewMessage } from './message.ts';

export type MessageContent = Pick<NewMessage, 'publicId' | 'title' | 'body' | 'url' | 'imageUrl'>;

/** What each subscriber's browser is sent. */
export function payloadOf(
  { publicId, title, body, url, imageUrl }: MessageContent,
  eventId: string,
): PushPayload {
  return {
    id: eventId,
    title,
    body,
    url,
    image: imageUrl,
    // One message is shown once, however often it comes.
    tag: publicId,
    renotify: false,
    receipts: true,
  };
}
