// Starts the UI: looks first, then the one component. The fonts come with the app.
import "@fontsource-variable/source-sans-3";
import "@fontsource-variable/source-sans-3/wght-italic.css";
import "@fontsource-variable/jetbrains-mono";
import "./design/tokens.css";
import "./design/base.css";
import { mount } from "svelte";
import { appearance } from "./design/appearance.svelte";
import { choose } from "./ipc/transport";
import App from "./frame/App.svelte";

appearance.start();
// Not awaited at the top: what other chunks share could not lie in this one then.
void choose().then(() => mount(App, { target: document.querySelector("#app")! }));
