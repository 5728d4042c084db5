// Threads, for the others: what stands of one below a message, and the way into it, are the messages'.
export { threads } from "./manifest";
