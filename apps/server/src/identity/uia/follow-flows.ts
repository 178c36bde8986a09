type Flows = readonly (readonly string[])[];

const isPrefix = (stages: readonly string[], flow: readonly string[]): boolean => stages.every((stage, at) => flow[at] === stage);

/** Stages are completed in the order of a flow (specification, "User-interactive authentication API", overview). */
export const isNextStage = (flows: Flows, completed: readonly string[], stage: string): boolean =>
  flows.some((flow) => isPrefix([...completed, stage], flow));

export const isComplete = (flows: Flows, completed: readonly string[]): boolean =>
  flows.some((flow) => flow.length > 0 && flow.length === completed.length && isPrefix(completed, flow));
