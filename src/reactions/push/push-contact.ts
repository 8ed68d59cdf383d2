/**
 * Whom a push service turns to when we trouble it: a mail address or an https URL (RFC 8292, section 2.1).
 *
 * @param from sender of mails, if the operator has named one: `links@example.com` or `Links <links@example.com>`
 * @param publicUrl of the installation
 */
export function pushContact(from: string | undefined, publicUrl: string): string {
  const address = from === undefined ? undefined : (/<([^<>]+)>$/.exec(from)?.[1] ?? from);
  if (address !== undefined) return `mailto:${address}`;
  const { protocol, origin, hostname } = new URL(publicUrl);
  return protocol === 'https:' ? origin : `mailto:switchyard@${hostname}`;
}
