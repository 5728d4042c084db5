// Which sections of the sidebar are folded: a choice of this device.
import { keep, keptOf } from "../../design/kept";

class Folded {
  #names: readonly string[] = $state.raw(read());

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  toggle(name: string): void {
    this.#names = this.has(name) ? this.#names.filter((one) => one !== name) : [...this.#names, name];
    keep("folded", this.#names);
  }
}

function read(): string[] {
  const kept = keptOf("folded");
  return Array.isArray(kept) ? kept.map(String) : [];
}

export const folded = new Folded();
