import type { ReceiptStore } from "./receipt-store.ts";
import type { RoomStore } from "./room-store.ts";

/** Where each room last changed, for every room: what lets a sync pass over the unchanged ones without asking further. */
export interface RoomActivity {
  lastEvent(roomId: string): number;
  lastReceipt(roomId: string): number;
  noteEvent(roomId: string, position: number): void;
  noteReceipt(roomId: string, position: number): void;
}

export async function loadRoomActivity(rooms: RoomStore, receipts: ReceiptStore): Promise<RoomActivity> {
  const lastEvents = new Map((await rooms.listRoomPositions()).map(({ room_id, position }) => [room_id, position]));
  const lastReceipts = new Map((await receipts.listRoomPositions()).map(({ room_id, position }) => [room_id, position]));
  return {
    lastEvent: (roomId) => lastEvents.get(roomId) ?? 0,
    lastReceipt: (roomId) => lastReceipts.get(roomId) ?? 0,
    noteEvent: (roomId, position) => lastEvents.set(roomId, position),
    noteReceipt: (roomId, position) => lastReceipts.set(roomId, position),
  };
}
