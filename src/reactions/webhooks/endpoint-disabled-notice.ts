/** What the mail is written from that tells a project that one of its webhooks is no longer called. */
export interface EndpointDisabledNotice {
  readonly version: 1;
  /** Public id. */
  readonly endpointId: string;
  /** Scheme and host: the path of a receiver may be its secret. Null when the URL has been taken away meanwhile. */
  readonly url: string | null;
  /** `gone`: it answered 410. `failing`: it has taken nothing for days. */
  readonly reason: 'gone' | 'failing';
  /** Null: the webhook of the project itself. */
  readonly groupName: string | null;
  /** First failure since the last success, milliseconds; of `gone` the answer itself when it was the first. */
  readonly since: number;
}
