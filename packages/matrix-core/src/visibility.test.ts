import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createVisibilityCheck } from "./index.ts";
import type { HistoryVisibility, Membership, MembershipRow, VisibilityRow } from "./index.ts";

/** `[[position, value], …]` for both lists; which of the positions 0 to `last` are seen. */
const seen = (
  visibility: readonly [number, HistoryVisibility][],
  membership: readonly [number, Membership][],
  last = 12,
): readonly number[] => {
  const isVisible = createVisibilityCheck(
    visibility.map(([position, value]) => ({ position, visibility: value })),
    membership.map(([position, value]) => ({ position, membership: value })),
  );
  return Array.from({ length: last + 1 }, (_, position) => position).filter(isVisible);
};

test("world readable history is seen by all, whether they were ever there or not", () => {
  assert.deepEqual(seen([[-1, "world_readable"]], [], 2), [0, 1, 2]);
  assert.deepEqual(seen([[-1, "world_readable"]], [[1, "ban"]], 2), [0, 1, 2]);
});

test("who was never in the room sees nothing of it", () => {
  for (const visibility of ["shared", "invited", "joined"] as const) assert.deepEqual(seen([[-1, visibility]], []), []);
  assert.deepEqual(seen([], []), []);
});

test("shared history is seen from its start up to the leaving, the leaving included; it is the default", () => {
  for (const rows of [[[-1, "shared"]], []] as [number, HistoryVisibility][][]) {
    assert.deepEqual(
      seen(rows, [
        [3, "join"],
        [6, "leave"],
      ]),
      [0, 1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(seen(rows, [[3, "join"]], 5), [0, 1, 2, 3, 4, 5]);
  }
});

test("a later join opens the shared history of the time between", () => {
  assert.deepEqual(
    seen(
      [[-1, "shared"]],
      [
        [2, "join"],
        [4, "leave"],
        [9, "join"],
        [10, "ban"],
      ],
    ),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test("an invitation alone opens no shared history", () => {
  assert.deepEqual(
    seen(
      [[-1, "shared"]],
      [
        [2, "invite"],
        [4, "leave"],
      ],
    ),
    [],
  );
});

test("invited history is seen from the invitation on", () => {
  assert.deepEqual(
    seen(
      [[-1, "invited"]],
      [
        [3, "invite"],
        [5, "join"],
        [7, "leave"],
      ],
    ),
    [3, 4, 5, 6, 7],
  );
  assert.deepEqual(
    seen(
      [[-1, "invited"]],
      [
        [3, "invite"],
        [5, "leave"],
      ],
    ),
    [3, 4, 5],
  );
  assert.deepEqual(
    seen(
      [[-1, "invited"]],
      [
        [3, "knock"],
        [5, "join"],
      ],
      6,
    ),
    [5, 6],
  );
});

test("joined history is seen from the join on, one's own join and leave included", () => {
  assert.deepEqual(
    seen(
      [[-1, "joined"]],
      [
        [2, "invite"],
        [3, "join"],
        [6, "leave"],
        [9, "join"],
      ],
      10,
    ),
    [3, 4, 5, 6, 9, 10],
  );
  assert.deepEqual(
    seen(
      [[-1, "joined"]],
      [
        [3, "join"],
        [6, "ban"],
      ],
    ),
    [3, 4, 5, 6],
  );
});

test("a change of visibility is itself seen from either side, what follows by the new one alone", () => {
  assert.deepEqual(
    seen(
      [
        [-1, "world_readable"],
        [4, "joined"],
      ],
      [],
    ),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    seen(
      [
        [-1, "joined"],
        [4, "world_readable"],
        [6, "joined"],
      ],
      [],
    ),
    [4, 5, 6],
  );
  assert.deepEqual(
    seen(
      [
        [-1, "joined"],
        [4, "shared"],
      ],
      [[8, "join"]],
      9,
    ),
    [4, 5, 6, 7, 8, 9],
  );
});

test("stricter history stays closed to those who join later, whatever applies then", () => {
  assert.deepEqual(
    seen(
      [
        [-1, "joined"],
        [6, "shared"],
      ],
      [[8, "join"]],
      8,
    ),
    [6, 7, 8],
  );
  assert.deepEqual(
    seen(
      [
        [-1, "shared"],
        [3, "joined"],
        [6, "shared"],
      ],
      [[8, "join"]],
      8,
    ),
    [0, 1, 2, 3, 6, 7, 8],
  );
});

test("property: it agrees with the rules as they are written", () => {
  const position = fc.integer({ min: 0, max: 20 });
  const ascending = <Row extends { readonly position: number }>(rows: fc.Arbitrary<Row>): fc.Arbitrary<Row[]> =>
    fc.uniqueArray(rows, { selector: (row) => row.position, maxLength: 8 }).map((list) => list.toSorted((a, b) => a.position - b.position));
  const visibilityRows: fc.Arbitrary<VisibilityRow[]> = ascending(
    fc.record({ position, visibility: fc.constantFrom<HistoryVisibility>("world_readable", "shared", "invited", "joined") }),
  );
  const membershipRows: fc.Arbitrary<MembershipRow[]> = ascending(
    fc.record({ position, membership: fc.constantFrom<Membership>("join", "invite", "leave", "ban", "knock") }),
  );
  fc.assert(
    fc.property(visibilityRows, membershipRows, (visibility, allMembership) => {
      // One event changes one of the two.
      const membership = allMembership.filter((row) => visibility.every((other) => other.position !== row.position));
      const isVisible = createVisibilityCheck(visibility, membership);
      for (let event = 0; event <= 21; event += 1) {
        const stateAt = (at: number): [HistoryVisibility, Membership] => [
          visibility.findLast((row) => row.position <= at)?.visibility ?? "shared",
          membership.findLast((row) => row.position <= at)?.membership ?? "leave",
        ];
        const allowed = [event - 1, event].some((at) => {
          const [rule, member] = stateAt(at);
          if (rule === "world_readable" || member === "join") return true;
          if (rule === "shared" && membership.some((row) => row.membership === "join" && row.position >= event)) return true;
          return rule === "invited" && member === "invite";
        });
        assert.equal(isVisible(event), allowed, `at ${event}`);
      }
    }),
    { numRuns: 500 },
  );
});
