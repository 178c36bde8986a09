/**
 * What an entry of the audit log is called in the Open Cybersecurity Schema Framework (https://schema.ocsf.io, 1.9): class uid and
 * activity id by the captions of the schema. Rooms are its groups: both are people with rights over one thing.
 */
const ocsfActivities = {
  "Event Log Activity: Export": [1008, 3],
  "Event Log Activity: Start": [1008, 6],
  "Event Log Activity: Other": [1008, 99],
  "Account Change: Create": [3001, 1],
  "Account Change: Password Change": [3001, 3],
  "Account Change: Disable": [3001, 5],
  "Account Change: Delete": [3001, 6],
  "Authentication: Logon": [3002, 1],
  "Authentication: Logoff": [3002, 2],
  "Authentication: Preauth": [3002, 6],
  "Authorize Session: Other": [3003, 99],
  "Entity Management: Create": [3004, 1],
  "Entity Management: Read": [3004, 2],
  "Entity Management: Update": [3004, 3],
  "Entity Management: Delete": [3004, 4],
  "Entity Management: Enroll": [3004, 6],
  "User Access Management: Assign Privileges": [3005, 1],
  "Group Management: Assign Privileges": [3006, 1],
  "Group Management: Add User": [3006, 3],
  "Group Management: Remove User": [3006, 4],
  "Group Management: Create": [3006, 6],
  "Group Management: Update": [3006, 9],
  "Group Management: Other": [3006, 99],
  "Application Lifecycle: Start": [6002, 3],
  "Application Lifecycle: Stop": [6002, 4],
  "API Activity: Create": [6003, 1],
  "API Activity: Read": [6003, 2],
  "Datastore Activity: Read": [6005, 1],
  "Datastore Activity: Update": [6005, 2],
  "Datastore Activity: Query": [6005, 4],
  "Datastore Activity: Write": [6005, 5],
  "Datastore Activity: Create": [6005, 6],
  "Datastore Activity: Delete": [6005, 7],
  "Datastore Activity: List": [6005, 8],
  "File Hosting Activity: Upload": [6006, 1],
} as const;

/** What an example entry says beside what every entry has. */
export interface AuditExample {
  readonly actor: string;
  readonly asAdministrator?: true;
  readonly deviceId?: string;
  readonly address?: string;
  readonly target?: string;
  readonly roomId?: string;
  readonly eventId?: string;
  readonly outcome?: "refused";
  readonly reason?: string;
  readonly count?: number;
}

export interface AuditEvent {
  /** OCSF class uid. */
  readonly class: number;
  /** OCSF activity id. */
  readonly activity: number;
  /** What an entry with this code says; `target` and `count` are explained where there are any. */
  readonly what: { readonly en: string; readonly "zh-CN": string };
  readonly example: AuditExample;
}

export function auditEvent(activity: keyof typeof ocsfActivities, en: string, zh: string, example: AuditExample): AuditEvent {
  const [classUid, activityId] = ocsfActivities[activity];
  return { class: classUid, activity: activityId, what: { en, "zh-CN": zh }, example };
}

/** The caption of the schema, class and activity. */
export function ocsfCaption({ class: classUid, activity }: Pick<AuditEvent, "class" | "activity">): string | undefined {
  return Object.entries(ocsfActivities).find(([, [uid, id]]) => uid === classUid && id === activity)?.[0];
}

export const alice = { actor: "@alice:example.org", deviceId: "GRTXQWPLKZ", address: "192.0.2.17" } as const;
export const bob = "@bob:example.org";
export const operator = { actor: "operator", asAdministrator: true } as const;
export const inRoom = { roomId: "!kYqbGmZq8v3hP2sVtRw0xA1nUeJ4cL7dFiBoTzKyXgM" } as const;
export const atEvent = { ...inRoom, eventId: "$Jx0cM4bq7Zt9uYw1eR2aLhPfVdSgN8kQ3oXiTmB5yCE" } as const;
