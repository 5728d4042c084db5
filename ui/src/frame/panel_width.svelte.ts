// How wide the panel is: a choice of this device.
import { keep, keptOf } from "../design/kept";

const [LEAST, MOST] = [336, 720];

class PanelWidth {
  px = $state(read());

  set(px: number): void {
    this.px = Math.round(Math.min(MOST, Math.max(LEAST, px)));
    keep("panel", this.px);
  }
}

function read(): number {
  const kept = Number(keptOf("panel"));
  return kept >= LEAST && kept <= MOST ? kept : 440;
}

export const panelWidth = new PanelWidth();
