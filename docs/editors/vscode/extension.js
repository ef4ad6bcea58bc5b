// Starts the language server of ankiexport for the YAML and Markdown files of the workspace.

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const [command, ...args] = vscode.workspace.getConfiguration("ankiexport").get("command");
  client = new LanguageClient(
    "ankiexport",
    { command, args, transport: TransportKind.stdio },
    { documentSelector: [{ scheme: "file", language: "yaml" }, { scheme: "file", language: "markdown" }] },
  );
  await client.start();
};

exports.deactivate = () => client?.stop();
