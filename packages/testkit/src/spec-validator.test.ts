import assert from "node:assert/strict";
import { test } from "node:test";
import { createSpecValidator, SpecViolation } from "./spec-validator.ts";

const folder = process.env["MATRIX_SPEC_DIR"];
const needsSpec = { skip: folder === undefined ? "MATRIX_SPEC_DIR is not set" : false };
const c3 = "/_matrix/client/v3";

test("without a specification the error format is still checked", () => {
  const validator = createSpecValidator(undefined);
  assert.equal(validator.complete, false);
  validator.check({ method: "GET", path: `${c3}/sync`, status: 200, body: "anything" });
  validator.check({ method: "GET", path: `${c3}/sync`, status: 401, body: { errcode: "M_MISSING_TOKEN", error: "No token" } });
  validator.check({ method: "POST", path: `${c3}/register`, status: 401, body: { flows: [{ stages: ["m.login.dummy"] }], session: "x" } });
  for (const body of [undefined, {}, { errcode: "M_X" }, { errcode: "nope", error: "" }, { errcode: 1, error: "" }, { flows: [] }]) {
    assert.throws(() => validator.check({ method: "GET", path: `${c3}/sync`, status: 404, body }), SpecViolation);
  }
});

test("every schema compiles, save those of third-party networks, whose files belong to another interface", needsSpec, () => {
  const { compiled, broken } = createSpecValidator(folder).compileAll();
  assert.ok(compiled > 350, `${compiled} schemas`);
  assert.deepEqual(
    broken.filter((line) => !line.startsWith(`${c3}/thirdparty/`)),
    [],
  );
});

test("a right answer passes, also through references, inside patterns and with an empty state key", needsSpec, () => {
  const validator = createSpecValidator(folder);
  const event = { type: "m.room.message", content: {}, event_id: "$a", sender: "@a:b", origin_server_ts: 1 };
  validator.check({
    method: "GET",
    path: `${c3}/sync`,
    status: 200,
    body: { next_batch: "s", rooms: { join: { "!r": { timeline: { events: [event] } } } } },
  });
  validator.check({ method: "GET", path: `${c3}/rooms/!r/state/m.room.name/`, status: 200, body: { name: "x" } });
  validator.check({ method: "GET", path: `${c3}/rooms/!r/state/m.room.name`, status: 200, body: { name: "x" } });
  validator.check({ method: "POST", path: `${c3}/register`, status: 401, body: { flows: [{ stages: ["m.login.dummy"] }], session: "x" } });
});

test("a wrong answer is refused with the place of the fault", needsSpec, () => {
  const validator = createSpecValidator(folder);
  const sync = (rooms: object) => () =>
    validator.check({ method: "GET", path: `${c3}/sync`, status: 200, body: { next_batch: "s", rooms } });
  assert.throws(sync({ join: { "!r": { timeline: { events: [{ type: "m.room.message", content: {} }] } } } }), /events\/0.*event_id/);
  assert.throws(
    sync({
      join: {
        "!r": { state: { events: [{ type: "m", content: {}, event_id: "a", sender: "@a:b", origin_server_ts: 1.5, state_key: 1 }] } },
      },
    }),
    /event_id.*pattern.*state_key.*origin_server_ts.*integer/,
  );
  assert.throws(() => validator.check({ method: "GET", path: `${c3}/sync`, status: 200, body: {} }), /next_batch/);
  assert.throws(() => validator.check({ method: "GET", path: `${c3}/account/whoami`, status: 200, body: undefined }), SpecViolation);
  assert.throws(
    () => validator.check({ method: "GET", path: `${c3}/account/whoami`, status: 201, body: { user_id: "@a:b" } }),
    /no status 201/,
  );
  assert.throws(() => validator.check({ method: "GET", path: `${c3}/made/up`, status: 200, body: {} }), /no such endpoint/);
  assert.throws(() => validator.check({ method: "POST", path: `${c3}/register`, status: 401, body: { session: "x" } }), SpecViolation);
});
