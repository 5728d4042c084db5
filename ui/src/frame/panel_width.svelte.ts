// How wide the panel is: a choice of this device.

const KEY = "folkmoot.panel";
const [LEAST, MOST] = [336, 720];

class PanelWidth {
  px = $state(read());

  set(px: number): void {
    this.px = Math.round(Math.min(MOST, Math.max(LEAST, px)));
    try {
      localStorage.setItem(KEY, String(this.px));
    } catch {
      // Not kept; it holds until the window closes.
    }
  }
}

function read(): number {
  try {
    const kept = Number(localStorage.getItem(KEY));
    return kept >= LEAST && kept <= MOST ? kept : 440;
  } catch {
    return 440;
  }
}

export const panelWidth = new PanelWidth();
