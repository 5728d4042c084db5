// Notifications, for the others.
export { notifications } from "./manifest";
