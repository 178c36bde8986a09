import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "sendToDevice";

export function toDeviceHandlers({ e2ee }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async sendToDevice({ actor, params, body }) {
      await e2ee.sendToDevice(actor, { type: params.eventType, transactionId: params.txnId, messages: body.messages });
      return {};
    },
  };
}
