// How the carets of others look. What awareness says comes from other people's devices: a colour is taken as a number
// from 1 to 8 or not at all, a name is cut and set as text, and nothing of it becomes CSS or HTML.
import type { Awareness } from "y-protocols/awareness";

const NAME_MOST = 40;

export interface CaretUser {
  name: string;
  /** A theme's colour. */
  colour: string;
  wash: string;
}

export function caretUser(user: unknown): CaretUser {
  const { name, colour } = (typeof user === "object" && user !== null ? user : {}) as Record<string, unknown>;
  const index = Number.isInteger(colour) && (colour as number) >= 1 && (colour as number) <= 8 ? (colour as number) : 6;
  return {
    name: typeof name === "string" ? name.slice(0, NAME_MOST) : "",
    colour: `var(--p${index})`,
    wash: `color-mix(in srgb, var(--p${index}) 26%, transparent)`,
  };
}

/** A caret with its name, as both editors show it. */
export function caretElement(user: unknown): HTMLElement {
  const { name, colour } = caretUser(user);
  const caret = document.createElement("span");
  caret.className = "caret";
  caret.style.setProperty("--caret", colour);
  const label = document.createElement("span");
  label.className = "caret-name";
  label.textContent = name;
  caret.append(label);
  return caret;
}

/** The same awareness, its users' colours as CodeMirror's binding wants them: checked, and the viewer's theme's. */
export function colouredAwareness(awareness: Awareness): Awareness {
  const coloured = Object.create(awareness) as Awareness;
  coloured.getStates = () =>
    new Map(
      [...awareness.getStates()].map(([client, state]) => {
        const { name, colour, wash } = caretUser(state["user"]);
        return [client, { ...state, user: { name, color: colour, colorLight: wash } }];
      }),
    );
  return coloured;
}
