// Words of the connection to the server, loaded when somebody asks for it.
import { counted } from "./chat";

/** What the server did not take. */
export const notSentWords = {
  title: "Not sent",
  note: "The server did not take these. They are kept on this device until you send them again or discard them.",
  empty: "Everything was taken",
  lost: "in a place that is no longer on this device",
  copy: "Copy text",
  copied: "Text copied.",
  notCopied: "The clipboard did not take the text.",
  look: (count: number) => counted(count, "change", "changes"),
};

/** The details of the link. */
export const connectionWords = {
  server: "Server",
  catchingNote: "Fetching what was missed.",
  waiting: "Waiting to be sent",
  secrets: "Keys of this device",
  secretsKept: {
    keyring: "in the system's keyring",
    passphrase: "behind your passphrase",
    file: "in a file only you can read: this system has no keyring",
  },
  hostStopped: "The server on this computer is not running.",
};
