import { type Command, Option } from 'commander';
import { DEVICES, VISITORS } from '../app/offline-simulation.ts';
import { IN_APP_BROWSERS } from '../deeplinks/device.ts';
import { simulateVisit } from './simulate.ts';
import type { SimulateOptions } from './simulation-question.ts';

/** `switchyard simulate`. @param ended is told the exit code */
export function addSimulateCommand(program: Command, ended: (code: number) => void): void {
  const oneOf = (flags: string, description: string, choices: readonly string[]) =>
    new Option(flags, description).choices(choices);
  program
    .command('simulate')
    .description('say where a link leads a visitor, and why, also while the server is running')
    .argument('<link>', 'a short URL, a Firebase long link, or a code')
    .option('--domain <domain>', 'of the code, such as go.example.com/share; the default one when absent')
    .option('--at <instant>', 'when the visit comes, such as 2027-03-02T09:00:00+09:00; now when absent')
    .addOption(oneOf('--device <device>', 'windows when absent', DEVICES))
    .addOption(oneOf('--in-app <app>', 'the browser inside this app', IN_APP_BROWSERS))
    .addOption(oneOf('--visitor <kind>', 'person when absent', VISITORS))
    .option('--bot', 'the same as --visitor crawler')
    .option('--user-agent <text>', 'word for word, instead of --device, --in-app and --visitor')
    .option('--app-installed', 'ask whether the system opens the app without asking here')
    .option('--country <code>', 'two letters, such as KR')
    .option('--language <languages>', 'as in Accept-Language, such as ko-KR,ko')
    .option('--qr', 'has scanned the QR code')
    .option('--password-given', 'has entered the right password on an earlier visit')
    .option('--enters-password', 'enters the right password with this visit')
    .option(
      '--query <query>',
      'what stands after the ? of the visited URL, at the end of what <link> has there',
    )
    .option('--head', 'asks with HEAD, as programs do')
    .option('--prefetch', 'a browser that fetches ahead of a click')
    .option('--embedded', 'a picture or a frame in a page')
    .option('--slots-taken <n>', 'of a link with maxClicks; as many as there are now when absent')
    .option('--json', 'say it for programs, as POST /api/v1/simulate does')
    .addHelpText(
      'after',
      '\nNothing is counted. Exits with 0 when the visitor is led on, with 2 when not (a paused link, a password to\nenter, ?d=1), and with 1 when there is no such link.',
    )
    .action(async (link: string, options: SimulateOptions) => ended(await simulateVisit(link, options)));
}
