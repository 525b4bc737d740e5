// npm run xmpp: what an operator does with the XMPP service of a stack that is up.
import { Command, CommanderError, Option } from "commander";
import { OperatorError } from "./errors.ts";
import { openStack } from "./stack.ts";

export interface XmppOptions {
  readonly stack: string;
  readonly configFile?: string | undefined;
}

/** Runs the command in these arguments. @throws OperatorError for what it does not know, and as the commands do */
export async function xmpp(args: readonly string[]): Promise<void> {
  const top = program();
  try {
    await top.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.help") throw new OperatorError(`expected a command\n${top.helpInformation().trimEnd()}`);
    if (error.exitCode !== 0) throw new OperatorError(error.message.replace(/^error: /, ""));
  }
}

function program(): Command {
  const top = new Command("npm run xmpp --")
    .description("Looks after the XMPP service of a stack that is up.")
    .option("--stack <name>", "the stack of Pulumi.<name>.yaml", "dev")
    .option("--config-file <file>", "its settings, where they are elsewhere")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined }); // told by whoever catches it
  top
    .command("invite")
    .description("Makes an invitation to an account, and prints it as a link (XEP-0401).")
    .argument("[username]", "the account's name; without one whoever takes the invitation chooses it")
    .option("--domain <domain>", "where the account will be; needed where the stack has several domains")
    .option("--ttl <duration>", "how long it is good for, such as 12h or 7d; default registration.inviteExpiry")
    .action(async (username: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<XmppOptions & { domain?: string; ttl?: string }>();
      const { invite } = await import("./invite.ts");
      await invite(openStack(options.stack, options.configFile), { ...options, username });
    });
  addBackupCommands(top);
  addRestoreCommand(top);
  return top;
}

function addBackupCommands(top: Command): void {
  const backup = top.command("backup").description("Backups of everything that makes the service (docs/backup.md).").helpCommand(false);
  backup
    .command("now")
    .description("Makes one in every repository.")
    .action(async (_options: object, command: Command) => {
      const { stack, configFile } = command.optsWithGlobals<XmppOptions>();
      await (await import("./backup.ts")).backupNow(openStack(stack, configFile));
    });
  backup
    .command("list")
    .description("Shows which there are, and which repositories have them.")
    .option("--json", "for programs")
    .action(async (_options: object, command: Command) => {
      const { stack, configFile, json } = command.optsWithGlobals<XmppOptions & { json?: boolean }>();
      await (await import("./backup.ts")).listBackups(openStack(stack, configFile), { json });
    });
}

function addRestoreCommand(top: Command): void {
  top
    .command("restore")
    .description("Brings a backup back beside the service, and switches to it; what was there before stays until it is let go of (docs/restore.md).")
    .argument("[backup]", "its id (see backup list), or latest")
    .option("--at <time>", "the second (UTC) whose state the database gets, such as 2026-11-29T14:05:00Z; where it is a PostgreSQL of the stack's own")
    .addOption(new Option("--from <repository>", "which backups are meant").choices(["local", "s3"]))
    .option("--commit", "let go of what was there before instead")
    .option("--cancel", "let go of what was restored and is not in use instead")
    .option("--yes", "without asking")
    .action(async (backup: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<XmppOptions & { at?: string; from?: "local" | "s3"; commit?: true; cancel?: true; yes?: true }>();
      if ([backup, options.commit, options.cancel].filter((one) => one !== undefined).length !== 1) {
        throw new OperatorError("restore: expected latest, the id of a backup, --commit or --cancel, and one of these only");
      }
      const { cancelRestore, commitRestore, restore, withMeans } = await import("./restore.ts");
      const yes = options.yes ?? false;
      await withMeans(openStack(options.stack, options.configFile), (means) => {
        if (options.commit) return commitRestore(means, { yes });
        return options.cancel ? cancelRestore(means, { yes }) : restore(means, backup!, options);
      });
    });
}
