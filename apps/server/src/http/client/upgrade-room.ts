import { carryTags } from "./carry-tags.ts";
import type { HandlerDeps, Handlers } from "../handler.ts";

export function upgradeRoomHandlers({ rooms, accountData }: HandlerDeps): Pick<Handlers, "upgradeRoom"> {
  return {
    async upgradeRoom({ actor, params, body }) {
      const { new_version: newVersion, additional_creators: additionalCreators } = body;
      const { replacementRoom } = await rooms.upgradeRoom(actor, {
        roomId: params.roomId,
        newVersion,
        ...(additionalCreators === undefined ? {} : { additionalCreators }),
      });
      await carryTags({ rooms, accountData }, actor, replacementRoom);
      return { replacement_room: replacementRoom };
    },
  };
}
