import type { Examples } from "./scene.test-support.ts";

export const devicesExamples: Examples = {};
