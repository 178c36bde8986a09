import type { Examples } from "./scene.test-support.ts";

export const toDeviceExamples: Examples = {};
