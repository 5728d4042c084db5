// First run, joining and signing in, for the others.
export { start } from "./manifest";
