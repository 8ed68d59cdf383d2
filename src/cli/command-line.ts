import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { StoreError } from '../db/store-error.ts';
import { Failure } from '../errors.ts';
import { addBackupCommands } from './backup-commands.ts';
import { doctor } from './doctor.ts';
import { type DoctorLinksOptions, doctorLinks } from './doctor-links.ts';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { OperatorError } from './operator-error.ts';
import { serve } from './serve.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { rebuildStats } from './stats.ts';
import { addTransferCommands } from './transfer-commands.ts';
import { VERSION } from './version.ts';
import { addWebhookCommands } from './webhook-commands.ts';

/** Runs one command. @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  // The folder holds the instance secret, password hashes and addresses: new files are for this user alone.
  process.umask(0o077);
  let code = 0;
  const program = new Command('switchyard')
    .description(
      'Self-hosted link infrastructure: links that follow their group at once, clicks that are never lost.',
    )
    .version(VERSION)
    .exitOverride()
    // The console does not mind readers who have gone.
    .configureOutput({
      writeOut: (text) => console.log(text.replace(/\n$/, '')),
      writeErr: (text) => console.error(text.replace(/\n$/, '')),
    })
    .showHelpAfterError()
    .addHelpText(
      'after',
      '\nConfiguration comes from environment variables: docs/configuration.md lists them.',
    );

  program
    .command('serve', { isDefault: false })
    .description('run the server until it is told to stop')
    .action(async () => {
      code = await serve();
    });

  const keys = program.command('keys').description('API keys, also while the server is running');
  keys
    .command('create')
    .description('make a key and print it, once')
    .argument('<name>', 'what it is for')
    .option('--scope <scope...>', 'what it may do; everything when absent')
    .option('--expires <date>', 'when it stops working, such as 2027-01-01T00:00:00Z')
    .option(
      '--publishable <app...>',
      'a key that may stand in these apps, such as ios:com.example.app android:com.example.app, and only opens their links',
    )
    .action(async (name: string, options: { scope?: string[]; expires?: string; publishable?: string[] }) =>
      createKey(name, options),
    );
  keys.command('list').description('list the keys').action(listKeys);
  keys
    .command('revoke')
    .description('make a key invalid, at once')
    .argument('<id>', 'id of the key, as listed')
    .action(async (id: string) => revokeKey(id));

  const doctors = program
    .command('doctor')
    .description('say in words whether this installation is healthy')
    .option('--json', 'say it for programs')
    .action(async (options: { json?: boolean }) => {
      code = await doctor(options);
    });
  doctors
    .command('links')
    .description(
      'say whether iOS and Android let apps open the links of a domain; exits with 2 when nobody answers',
    )
    .argument(
      '<domain>',
      'such as go.example.com, or go.example.com/share where links have a path prefix; Apple and Google ask at port 443 alone, so one with another port only tries things out, with --url',
    )
    .option(
      '--url <address>',
      'ask here instead of https://<domain>, in its name; such as http://127.0.0.1:8080',
    )
    .option('--only <platform>', 'ios or android, where apps are for one of them alone')
    .option('--json', 'say it for programs')
    .action(async (domain: string, _options: unknown, command: Command) => {
      // `doctor` has a --json of its own, which would take it away.
      code = await doctorLinks(domain, command.optsWithGlobals<DoctorLinksOptions>());
    });

  const stats = program.command('stats').description('statistics, also while the server is running');
  stats
    .command('rebuild')
    .description(
      'count the raw clicks that are kept again, compare with the statistics, and write anew what differs; clicks are recorded meanwhile',
    )
    .option('--dry-run', 'compare, change nothing')
    .action(async (options: { dryRun?: boolean }) => {
      code = await rebuildStats(options);
    });

  addSimulateCommand(program, (status) => {
    code = status;
  });
  addWebhookCommands(program, (status) => {
    code = status;
  });
  addTransferCommands(program, (status) => {
    code = status;
  });

  addBackupCommands(program);

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    console.error(sentenceOf(error));
    return 1;
  }
}

/** What an operator can act on is said in a sentence; anything else is a defect and shown whole. */
function sentenceOf(error: unknown): string {
  const expected =
    error instanceof ConfigError ||
    error instanceof StoreError ||
    error instanceof OperatorError ||
    error instanceof Failure;
  if (expected) return `Switchyard: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
