// Pins, for the others: the mark and the count are in the views of messages and rooms, and need nothing of this.
export { pins } from "./manifest";
