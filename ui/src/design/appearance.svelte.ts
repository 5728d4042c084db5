// How the window looks: theme, contrast and density as attributes on <html>. A choice of this device, nobody's data.
import { keep, keptOf } from "./kept";

export type ThemeChoice = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

class Appearance {
  theme: ThemeChoice = $state("system");
  density: Density = $state("comfortable");
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #contrast = matchMedia("(prefers-contrast: more)");

  /** Take up what was chosen, and follow the system from here on. */
  start(): void {
    Object.assign(this, keptOf("appearance"));
    const asked = new URLSearchParams(location.search).get("theme");
    if (asked === "light" || asked === "dark") this.theme = asked;
    this.#dark.addEventListener("change", () => this.#show());
    this.#contrast.addEventListener("change", () => this.#show());
    this.#show();
  }

  choose(choice: { theme?: ThemeChoice; density?: Density }): void {
    Object.assign(this, choice);
    this.#show();
    keep("appearance", { theme: this.theme, density: this.density });
  }

  #show(): void {
    const root = document.documentElement.dataset;
    root["theme"] = this.theme === "system" ? (this.#dark.matches ? "dark" : "light") : this.theme;
    root["density"] = this.density;
    if (this.#contrast.matches) root["contrast"] = "more";
    else delete root["contrast"];
  }
}

export const appearance = new Appearance();
