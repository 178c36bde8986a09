/** What the modules keep of people beside the words that keys seal: rows, files, memory. They are built after rooms, which erases. */
export interface ForgetPeople {
  readonly forget: (userId: string) => Promise<void>;
  readonly add: (...modules: readonly { erasePerson(userId: string): Promise<void> }[]) => void;
  /** For what is kept in memory alone. */
  readonly addMemory: (forget: (userId: string) => void) => void;
}

export function createForgetPeople(): ForgetPeople {
  const memories: ((userId: string) => void)[] = [];
  const owners: { erasePerson(userId: string): Promise<void> }[] = [];
  return {
    async forget(userId) {
      for (const forget of memories) forget(userId);
      for (const owner of owners) await owner.erasePerson(userId);
    },
    add: (...modules) => void owners.push(...modules),
    addMemory: (forget) => void memories.push(forget),
  };
}
