import type { Command } from 'commander';
import { backUp } from './backup.ts';
import { restore } from './restore.ts';

/** `switchyard backup` and `switchyard restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description(
      'write all of this installation, to the last click and with all secrets, also while the server is running',
    )
    .argument('[file]', 'where to, packed when it ends in .gz; stdout when absent')
    .action(async (file: string | undefined) => backUp(file));

  program
    .command('restore')
    .description('make an installation of a backup where there is none yet, on either kind of database')
    .argument('<file>', 'what backup has written')
    .action(async (file: string) => restore(file));
}
