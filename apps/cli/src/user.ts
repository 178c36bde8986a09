import { askControl, compose, type Config, ConfigError, createLogger, hasStore, openDataFolder, operatorCommands } from "@wardroom/server";
import { type Arguments, UsageError } from "./arguments.ts";
import { readPassword } from "./password.ts";

type Request = {
  readonly command: "user.create" | "user.reset-password" | "user.list";
  readonly name: string;
  readonly password: string;
  readonly admin: boolean;
};

/** `wardroom user create|reset-password|list`. */
export async function user(args: Arguments, print: (line: string) => void): Promise<number> {
  const config = args.config();
  // A mistyped folder must not become a new, empty store.
  if (!hasStore(config.dataDir))
    throw new ConfigError(`data_dir: there is no store in ${config.dataDir}. Run "wardroom start" or "wardroom init" first.`);
  const request = await readRequest(args);
  const answer = await askControl(openDataFolder(config.dataDir).controlSocket, request);
  if (answer === undefined) {
    print(await runOnStore(config, request));
    return 0;
  }
  print(answer.text);
  return answer.ok ? 0 : 1;
}

async function readRequest(args: Arguments): Promise<Request> {
  const [, verb, name = ""] = args.words;
  if (verb === "list") return { command: "user.list", name: "", password: "", admin: false };
  if (verb !== "create" && verb !== "reset-password") throw new UsageError("wardroom user create NAME | reset-password NAME | list");
  if (name === "") throw new UsageError(`wardroom user ${verb} NAME: the name is missing.`);
  const password = await readPassword(args.passwordStdin);
  return { command: `user.${verb}`, name, password, admin: args.admin };
}

/** No server runs: take the folder's lock, act, let go. A store in use is never opened a second time. */
async function runOnStore(config: Config, request: Request): Promise<string> {
  const house = await compose({ config, log: createLogger() });
  try {
    const commands = operatorCommands(house.identity, config.serverName);
    if (request.command === "user.list") return await commands.listUsers();
    return request.command === "user.create" ? await commands.createUser(request) : await commands.resetPassword(request);
  } finally {
    await house.close();
  }
}
