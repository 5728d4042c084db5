// First run, joining and signing in, for the others: all of it is loaded when it is needed.
export type { Arrived } from "./steps";
export { start } from "./manifest";
