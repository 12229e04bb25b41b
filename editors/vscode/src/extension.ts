/** Starts `tfxc lsp` for the YAML files of a window. All that is known of specs is in the server. */

import { commands, type ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

const NAME = "tfxc";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand("tfxc.restart", restart),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("tfxc.command")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
  client = undefined;
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}

async function start(): Promise<void> {
  const [command = "tfxc", ...args] = workspace.getConfiguration(NAME).get<string[]>("command", []);
  const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server: ServerOptions = { command, args, options: cwd === undefined ? {} : { cwd } };
  const options: LanguageClientOptions = {
    // Which of them are specs the server sees for itself, also in texts that are not saved yet.
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "untitled", language: "yaml" },
    ],
    outputChannelName: NAME,
  };
  client = new LanguageClient(NAME, NAME, server, options);
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const choice = await window.showErrorMessage(
      `\`${[command, ...args].join(" ")}\` does not start: ${reason}. Install tfxc with its extra \`lsp\`, or say where it is.`,
      "Open the setting",
    );
    if (choice !== undefined) {
      await commands.executeCommand("workbench.action.openSettings", "tfxc.command");
    }
  }
}
