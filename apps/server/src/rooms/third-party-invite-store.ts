import type { Statements, Write } from "#storage";

interface Tables {
  used_third_party_invites: { event_id: string };
}

/** Which third-party invitations have let somebody in. */
export function createThirdPartyInviteStore(statements: Statements) {
  const use = statements.write<Tables, { event_id: string }>((db, p) =>
    db.insertInto("used_third_party_invites").values({ event_id: p.event_id }),
  );
  const find = statements.read<Tables, { event_id: string }, { event_id: string }>((db, p) =>
    db.selectFrom("used_third_party_invites").select("event_id").where("event_id", "=", p.event_id),
  );
  return {
    /** Expects that the invitation is unused. */
    use: (eventId: string): Write => use({ event_id: eventId }, 1),
    isUsed: async (eventId: string) => (await find.get({ event_id: eventId })) !== undefined,
  };
}
