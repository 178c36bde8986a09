import type { Actor } from "#kernel";
import type { JsonObject, JsonValue } from "@wardroom/matrix-core";
import type { PushRuleKind } from "./default-push-rules.ts";

export interface AccountDataRow {
  /** undefined: global account data. */
  readonly roomId: string | undefined;
  readonly type: string;
  readonly contentJson: string;
  readonly position: number;
}

/** A rule's name is unique within its kind. */
export interface PushRuleName {
  readonly kind: PushRuleKind;
  readonly ruleId: string;
}

/** Names another rule of the person's own: directly ahead of it, or directly behind it. */
export interface PushRulePlace {
  readonly before?: string;
  readonly after?: string;
}

/** One person's rules, one at a time. Every change is one conditional commit: none of two at once is lost. */
export interface PushRuleEditing {
  /** As served. @throws MatrixError M_NOT_FOUND */
  get(userId: string, name: PushRuleName): Promise<JsonObject>;
  /** @throws MatrixError M_INVALID_PARAM, M_MISSING_PARAM, M_TOO_LARGE; M_UNKNOWN with 400 for a place that there is not */
  put(actor: Actor, name: PushRuleName, body: JsonObject, place?: PushRulePlace): Promise<void>;
  /** @throws MatrixError M_NOT_FOUND, M_INVALID_PARAM for the server's own */
  remove(actor: Actor, name: PushRuleName): Promise<void>;
  setEnabled(actor: Actor, name: PushRuleName, enabled: boolean): Promise<void>;
  setActions(actor: Actor, name: PushRuleName, actions: JsonValue | undefined): Promise<void>;
}

export interface AccountData {
  /** @throws MatrixError M_BAD_JSON for `m.fully_read`, `m.push_rules` (405-like refusals of the specification). */
  put(actor: Actor, roomId: string | undefined, type: string, content: JsonObject): Promise<void>;
  /** For the server itself (m.fully_read, m.push_rules): no type is refused. */
  putInternal(userId: string, roomId: string | undefined, type: string, content: JsonObject): Promise<void>;
  /**
   * Changes one value by what it was: of two changes at the same moment neither is lost. `change` gets undefined for a value that
   * was never stored, and gives undefined where there is nothing to do. It may be asked again.
   */
  update(
    userId: string,
    roomId: string | undefined,
    type: string,
    change: (before: JsonObject | undefined) => JsonObject | undefined,
  ): Promise<void>;
  /** @throws MatrixError M_NOT_FOUND. */
  get(userId: string, roomId: string | undefined, type: string): Promise<string>;
  /** Rows with `since < position ≤ until`, in order; since 0 gives all, `m.push_rules` defaults included even if never stored. */
  listChanged(userId: string, since: number, until: number): Promise<readonly AccountDataRow[]>;
  /**
   * The user's rules as `{ global: … }`: the specification's defaults merged with what was stored. The same object until they
   * change, so that what is made from it can be kept by it.
   */
  pushRules(userId: string): Promise<JsonObject>;
  /** Whom the user ignores (`m.ignored_user_list`): the same set until they change it. */
  ignoredUsers(userId: string): Promise<ReadonlySet<string>>;
  readonly pushRule: PushRuleEditing;
  /** Stores the filter text, returns its id. Equal filters share an id. */
  putFilter(userId: string, filterJson: string): Promise<string>;
  getFilter(userId: string, filterId: string): Promise<string>;
}
