// The settings, for the others.
export { settings } from "./manifest";
