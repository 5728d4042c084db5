// Which sections of the sidebar are folded: a choice of this device.

const KEY = "folkmoot.folded";
export type SectionName = "direct" | "channels" | "documents" | "people";

class Folded {
  #names: readonly string[] = $state.raw(read());

  has(name: SectionName): boolean {
    return this.#names.includes(name);
  }

  toggle(name: SectionName): void {
    this.#names = this.has(name) ? this.#names.filter((one) => one !== name) : [...this.#names, name];
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#names));
    } catch {
      // Not kept; it holds until the window closes.
    }
  }
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

export const folded = new Folded();
