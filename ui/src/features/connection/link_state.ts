// The state of the link to the server as one short fact.
import type { AppView } from "../../ipc/types/view";
import { linkWords } from "../../words/chat";

/** `pending`: is there something that the server has not decided? */
export function linkFact(app: AppView, pending = app.pending > 0): string {
  if (app.phase === "signed_out") return linkWords.signedOut;
  switch (app.link.state) {
    case "online":
      return pending ? linkWords.savedHere : linkWords.online;
    case "catching_up":
      return linkWords.catchingUp;
    case "connecting":
      return linkWords.connecting;
    case "offline":
      return pending ? linkWords.savedHere : linkWords.offline;
    case "never":
      return linkWords.never;
    case "outdated":
      return linkWords.outdated;
  }
}
