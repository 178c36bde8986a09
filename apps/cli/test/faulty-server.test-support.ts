// The real command, with a fault that nobody catches once a word comes on standard input.
import { main } from "../src/main.ts";

process.stdin.setEncoding("utf8").once("data", (word: string) => {
  // What Node's own report would write out.
  const fail = (): unknown => JSON.parse("somebody's words");
  if (word === "exception\n") fail();
  void Promise.resolve().then(fail);
});
process.exit(await main(process.argv.slice(2)));
