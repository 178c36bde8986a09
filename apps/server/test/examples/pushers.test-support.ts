import type { Examples } from "./scene.test-support.ts";

export const pushersExamples: Examples = {};
