import type { BatchReader } from '../../db/batch-writer.ts';
import { LANGUAGES, type Language } from '../../languages.ts';

/** Whom a project's mails go to, and how they read numbers and times. */
export interface MailReaders {
  readonly projectName: string;
  readonly addresses: readonly string[];
  readonly language: Language;
  /** IANA name. */
  readonly timeZone: string;
}

/** As the project says it now. @returns undefined when there is no such project any more */
export async function loadMailReaders(
  config: BatchReader,
  projectId: number,
): Promise<MailReaders | undefined> {
  const [row] = await config.all<{
    name: string;
    notification_addresses: string;
    language: string;
    time_zone: string;
  }>('select name, notification_addresses, language, time_zone from project where id = $1', [projectId]);
  if (!row) return undefined;
  return {
    projectName: row.name,
    addresses: JSON.parse(row.notification_addresses) as string[],
    language: LANGUAGES.find((language) => language === row.language) ?? LANGUAGES[0],
    timeZone: row.time_zone,
  };
}
