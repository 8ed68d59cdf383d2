import type { Command } from 'commander';
import { IMPORT_KINDS } from '../transfer/sources.ts';
import { exportLinks } from './export.ts';
import { type ImportCommandOptions, importLinks } from './import.ts';

/** `switchyard import` and `switchyard export`. @param ended is told the exit code of those that have one to tell */
export function addTransferCommands(program: Command, ended: (code: number) => void): void {
  program
    .command('import')
    .description('take links from a file of another service or an export, also while the server is running')
    .argument('<kind>', `what it is: ${IMPORT_KINDS.join(', ')}`)
    .argument('<file>', 'a table (CSV), or JSON: what its API answers, or a list of objects')
    .option('--domain <domain>', 'domain that gets all the codes, such as go.example.com/share')
    .option('--group <name>', 'group of links that name none; made when there is none')
    .option('--dry-run', 'look at everything, write nothing')
    .option(
      '--report <file>',
      'write what became of each row, as a table; rows are counted without the headings',
    )
    .option(
      '--on-conflict <what>',
      'when a code is taken: skip, rename (the same new code each time) or fail',
      'skip',
    )
    .option(
      '--ignore-columns <headings>',
      'columns that are not to be read, as a line of CSV, such as \'notes,"clicks, at most"\'; also several times',
      (headings: string, before: readonly string[] = []) => [...before, headings],
    )
    .option('--again', 'go through a file once more that was imported before')
    .action(async (kind: string, file: string, options: ImportCommandOptions) =>
      ended(await importLinks(kind, file, options)),
    );

  program
    .command('export')
    .description(
      'write everything (ndjson, with hashes of passwords and secrets of webhooks) or the links (csv)',
    )
    .option('--format <format>', 'ndjson or csv', 'ndjson')
    .option('--secrets', 'csv: everything, with those hashes and secrets, so that it comes back the same')
    .option('--no-secrets', 'ndjson: without the secrets of webhooks, which get new ones')
    .option('--out <file>', 'where to; stdout when absent')
    .action(exportLinks);
}
