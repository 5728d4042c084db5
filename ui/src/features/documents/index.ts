// Documents, for the others. The editors are loaded when one is opened.
export { documents } from "./manifest";
