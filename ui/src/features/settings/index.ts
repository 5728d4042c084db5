// How the app is set, for the others.
export { settings } from "./manifest";
