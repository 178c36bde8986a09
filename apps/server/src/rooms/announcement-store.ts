import type { Statements, Write } from "#storage";

/** A name or picture that is on its way into the person's rooms. */
interface Announcement {
  readonly user_id: string;
  readonly device_id: string;
  readonly stamp: string;
}

interface Tables {
  profile_announcements: Announcement;
}

export function createAnnouncementStore(statements: Statements) {
  const put = statements.write<Tables, Announcement>((db, p) =>
    db
      .insertInto("profile_announcements")
      .values({ user_id: p.user_id, device_id: p.device_id, stamp: p.stamp })
      .onConflict((conflict) => conflict.column("user_id").doUpdateSet({ device_id: p.device_id, stamp: p.stamp })),
  );
  const remove = statements.write<Tables, { user_id: string; stamp: string }>((db, p) =>
    db.deleteFrom("profile_announcements").where("user_id", "=", p.user_id).where("stamp", "=", p.stamp),
  );
  const removeOf = statements.write<Tables, { user_id: string }>((db, p) =>
    db.deleteFrom("profile_announcements").where("user_id", "=", p.user_id),
  );
  const list = statements.read<Tables, Record<never, never>, Announcement>((db) => db.selectFrom("profile_announcements").selectAll());
  return {
    /** Belongs into the commit of the profile. */
    begin: (announcement: Announcement): Write => put(announcement, 1),
    /** Takes away nothing that a later change began. */
    end: ({ user_id, stamp }: Announcement): Write => remove({ user_id, stamp }),
    removeOf: (userId: string): Write => removeOf({ user_id: userId }),
    list: () => list.all({}),
  };
}
