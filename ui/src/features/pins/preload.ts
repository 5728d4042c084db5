// What may be asked for next, the likeliest first.

export const all = [() => import("./PinsPanel.svelte")];
