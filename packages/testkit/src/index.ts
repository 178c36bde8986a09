export { type ChatClient, type RoomView, type SeenEvent, startChatClient } from "./chat-client.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type Answer, createHttpClient, type HttpClient, ok, refused, type RequestOptions, route, type Session } from "./http-client.ts";
export { at, type Json, type JsonRecord, listAt, numberAt, recordAt, textAt } from "./json-value.ts";
export { createSeededRandom, type SeededRandom } from "./seeded-random.ts";
export { createSpecValidator, type SpecValidator, SpecViolation } from "./spec-validator.ts";
export { type ServerProcess, startServer, type StartOptions } from "./start-server.ts";
export { makeTempFolder, type TempFolder } from "./temp-folder.ts";
export { pause, waitUntil } from "./wait-until.ts";
