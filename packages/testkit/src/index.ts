export { firstCertificate, secondCertificate } from "./certificates.ts";
export { type ChatClient, type RoomView, type SeenEvent, startChatClient } from "./chat-client.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type Answer, createHttpClient, type HttpClient, ok, refused, route, type Session } from "./http-client.ts";
export { at, type Json, type JsonRecord, listAt, recordAt, textAt } from "./json-value.ts";
export { createSeededRandom, type SeededRandom } from "./seeded-random.ts";
export { createSpecValidator } from "./spec-validator.ts";
export { type ServerProcess, startServer } from "./start-server.ts";
export { makeTempFolder } from "./temp-folder.ts";
