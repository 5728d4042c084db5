// People, for the others.
export { people } from "./manifest";
