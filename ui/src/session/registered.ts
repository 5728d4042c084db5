// The features that there are, for those who gather from all of them. The frame tells it.
import type { Manifest } from "./manifest";

export const registered: { features: readonly Manifest[] } = { features: [] };
