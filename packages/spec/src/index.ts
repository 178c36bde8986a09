export { type AuditCode, auditAreas, auditEvents } from "./audit-events.ts";
export { type AuditEvent, ocsfCaption } from "./audit/audit-event.ts";
export {
  type AnswerOf,
  type Body,
  type BodyOf,
  type BytesBody,
  type EndpointDeclaration,
  isBytes,
  isFile,
  isNone,
  type LimitClass,
  type None,
  none,
  type ParamsOf,
  type QueryOf,
  type RawAnswer,
} from "./endpoint.ts";
export { type EndpointName, type Endpoints, endpoints } from "./endpoints.ts";
export { commonErrors, errorCodes, type ErrorCode } from "./error-codes.ts";
export {
  compileEventFilter,
  compileRoomsFilter,
  type EventFilter,
  type Filter,
  parseFilter,
  parseRoomEventFilter,
  type RoomEventFilter,
} from "./event-filter.ts";
export { splitPropertyPath } from "./property-path.ts";
export { type PolicyAction, policyActions } from "./policy-actions.ts";
