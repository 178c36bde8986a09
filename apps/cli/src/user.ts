import type { OperatorCommands } from "@wardroom/server";
import type { Arguments } from "./arguments.ts";
import { readPassword } from "./password.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage-error.ts";
import { requireStore, withOperator } from "./with-operator.ts";

type Act = (commands: OperatorCommands) => Promise<string>;

/** `wardroom user create|reset-password|list`. */
export async function user(args: Arguments, surroundings: Surroundings): Promise<number> {
  const config = args.config();
  requireStore(config, surroundings.t);
  const act = await chooseAct(args, surroundings);
  await surroundings.out.line(await withOperator(config, surroundings, act));
  return 0;
}

/** Asks for the password before the store is opened: nobody waits for a typist. */
async function chooseAct(args: Arguments, { t: { user: t, ...all }, err }: Surroundings): Promise<Act> {
  const [, verb, name = ""] = args.words;
  if (verb === "list") return async (commands) => (await commands.listUsers()).map(t.listed).join("\n");
  if (verb !== "create" && verb !== "reset-password") throw new UsageError(all.usage.user);
  if (name === "") throw new UsageError(t.nameMissing(verb));
  const password = await readPassword(args.has("password-stdin"), t, err);
  if (verb === "reset-password") return async (commands) => t.reset((await commands.resetPassword({ name, password })).userId);
  const admin = args.has("admin");
  return async (commands) => t.created((await commands.createUser({ name, password, admin })).userId, admin);
}
