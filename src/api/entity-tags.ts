/** The tags that `If-None-Match` names, weak or not (RFC 9110, section 13.1.2); `*` stands for itself. */
export function entityTagsIn(ifNoneMatch: string | undefined): string[] {
  return (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
}
