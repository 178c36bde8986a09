import { describeFault, framesOf, type Logger } from "#kernel";

/** EX_SOFTWARE of sysexits.h: no refusal (1) and no wrong call (2), so that a supervisor can tell a fault and start anew. */
const FAULT = 70;

interface Process {
  on(event: "uncaughtException", listener: (error: unknown, origin: string) => void): unknown;
  exit(code: number): never;
}

/**
 * What nobody caught is logged, once, and ends the process: faults of requests and of work in the background are caught where they
 * happen, so that after any other nothing is known of the state in memory, and who may read what depends on it. The store is made to
 * be left at any moment. Rejections that nobody handles come here too. Node's own report would quote the message, whatever stands in it.
 */
export function endOnFault(process: Process, log: Logger): void {
  process.on("uncaughtException", (error, origin) => {
    try {
      log.error({ origin, ...describeFault(error), stack: framesOf(error) }, "a fault that nobody caught; the process ends");
    } finally {
      process.exit(FAULT);
    }
  });
}
